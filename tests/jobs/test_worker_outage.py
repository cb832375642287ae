"""A worker whose database or queue goes away."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask
from sqlalchemy import update

from tests.jobs.conftest import (
    monitor_that_runs,
    run_is,
    threads_that_carry_runs,
    waits_for,
    working,
)
from tests.rows import NOW
from tests.valkey import valkey_server
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Doorbell, Scheduler, start
from webapp.models import Heartbeat, Run


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("valkey")
def test_a_run_that_loses_its_database_is_broken_off_in_a_sentence_and_taken_again(
    app: Flask,
    doorbell: Doorbell,
    scheduler: Scheduler,
    postgresql: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_id = start(monitor_that_runs(waits_for(tmp_path)).id, "manual", doorbell)

    with working(app):
        until((tmp_path / "started").exists)
        db.session.rollback()
        db.engine.dispose()
        postgresql.stop()
        try:
            (tmp_path / "go").touch()
            until(lambda: not threads_that_carry_runs() or "job broken off" in caplog.text)
        finally:
            postgresql.start()
        with writing():  # it ends by itself, after 45 s
            late = {"lease_until": NOW, "rung_at": NOW}
            db.session.execute(update(Run).where(Run.id == run_id).values(late))
        scheduler.tick(utc_now())
        until(lambda: run_is(run_id, "ok"))

    (said,) = [record for record in caplog.records if "job broken off" in record.getMessage()]
    assert (said.levelname, said.exc_info) == ("WARNING", None)
    assert db.session.get_one(Run, run_id).attempt == 2


def test_a_worker_whose_queue_hangs_goes_on_showing_its_life(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.jobs.worker.SHOW_SECONDS", 1)

    def shown() -> Any:
        db.session.rollback()
        beats = Heartbeat.alive("worker", utc_now())
        return beats[0].beat_at if beats else None

    with valkey_server(settings.valkey_socket) as server, working(app):
        until(shown)
        psutil.Process(server.pid).suspend()
        hung_at = utc_now()
        try:
            # Twice, as the first may be of the turn in which it fell silent.
            until(lambda: shown() > hung_at + timedelta(seconds=5))
        finally:
            psutil.Process(server.pid).resume()
