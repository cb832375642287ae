from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, finished_run, new_claim, new_monitor
from webapp.extensions import db
from webapp.models import Monitor, Standing

MINUTE = timedelta(minutes=1)


def standings() -> list[Any]:
    db.session.rollback()
    columns = Standing.__table__.columns
    return [row._asdict() for row in db.session.execute(select(*columns))]


@BOTH_DATABASES
def test_a_monitor_stands_as_its_last_run_that_ended(app: Flask) -> None:
    monitor = new_monitor()
    finished_run(monitor, NOW, verdict="alert", summary="The shop is down.")
    newest = finished_run(monitor, NOW + MINUTE, verdict="warn", summary="The shop is slow.")
    new_claim(monitor, NOW + 2 * MINUTE)

    assert standings() == [
        {
            "monitor_id": monitor.id,
            "run_id": newest,
            "status": "warn",
            "sentence": "The shop is slow.",
            "finished_at": NOW + MINUTE,
            "since": NOW + MINUTE,
        }
    ]


@BOTH_DATABASES
def test_it_is_known_since_when_it_stands_so(app: Flask) -> None:
    monitor = new_monitor()
    for minute, verdict in enumerate(("ok", "alert", "alert", "alert")):
        finished_run(monitor, NOW + minute * MINUTE, verdict=verdict)

    (standing,) = standings()

    assert (standing["since"], standing["finished_at"]) == (NOW + MINUTE, NOW + 3 * MINUTE)


@BOTH_DATABASES
def test_an_error_stands_with_its_reason_and_a_long_sentence_is_cut(app: Flask) -> None:
    broken = {"verdict": "error", "error_kind": "lost", "error_message": "x" * 600}
    finished_run(new_monitor(), NOW, **broken)

    (standing,) = standings()

    assert (standing["status"], standing["sentence"]) == ("error", "x" * 500)


@BOTH_DATABASES
def test_a_standing_goes_with_its_monitor(app: Flask) -> None:
    monitor = new_monitor()
    finished_run(monitor)

    monitor.delete()

    assert standings() == []


def test_the_state_of_a_monitor_is_new_then_its_status_or_paused(app: Flask) -> None:
    monitor = new_monitor()
    states = [monitor.state]

    finished_run(monitor, verdict="warn")
    db.session.expire_all()
    states.append(Monitor.page(1)[0].state)
    monitor.pause()
    states.append(monitor.state)

    assert states == ["new", "warn", "paused"]
