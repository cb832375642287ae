"""The demo as pictures and tests look at it: all parts alive, though none of them runs."""

from datetime import datetime

from flask import current_app

from webapp import demo
from webapp.models import Heartbeat, Monitor

BOT = "BTC bot anomaly detector"


def build(now: datetime, most_runs: int = 30) -> dict[str, int]:
    """The ids that pictures are taken of, by name."""
    Heartbeat.beat("scheduler", "demo", now)
    Heartbeat.beat("worker", "demo", now)
    monitors = demo.build(current_app.extensions["settings"].data_dir, now, most_runs)
    bot = Monitor.get(monitors[BOT])
    assert bot, "it is among those that were made"
    run = bot.latest_run()
    assert run, "it has a history"
    return {"run": run.id, "monitor": bot.id}
