from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW
from tests.together import together
from webapp.extensions import db
from webapp.models import Heartbeat
from webapp.models.heartbeat import ALIVE, FORGOTTEN

SECOND = timedelta(seconds=1)


def names(kind: str, now: object) -> list[str]:
    return [beat.name for beat in Heartbeat.alive(kind, now)]  # type: ignore[arg-type]


@BOTH_DATABASES
def test_a_process_is_alive_for_a_while_after_its_last_beat(app: Flask) -> None:
    Heartbeat.beat("worker", "old", NOW)
    Heartbeat.beat("worker", "young", NOW + SECOND)
    Heartbeat.beat("scheduler", "other", NOW)

    assert names("worker", NOW + ALIVE - SECOND) == ["young", "old"]
    assert names("worker", NOW + ALIVE) == ["young"]
    assert names("worker", NOW + ALIVE + SECOND) == []


@BOTH_DATABASES
def test_a_process_that_beats_again_stays_one_process(app: Flask) -> None:
    for after in range(3):
        Heartbeat.beat("worker", "one", NOW + after * SECOND)

    rows = db.session.execute(select(Heartbeat.name, Heartbeat.beat_at)).all()
    assert rows == [("one", NOW + 2 * SECOND)]


@BOTH_DATABASES
def test_processes_that_begin_at_once_do_not_stand_in_each_others_way(app: Flask) -> None:
    together(app, lambda: Heartbeat.beat("worker", "one", NOW), 8)

    assert names("worker", NOW) == ["one"]


@BOTH_DATABASES
def test_a_process_that_ends_in_order_is_not_missed(app: Flask) -> None:
    Heartbeat.beat("worker", "one", NOW)
    Heartbeat.beat("worker", "two", NOW)

    Heartbeat.stop("worker", "one")

    assert names("worker", NOW) == ["two"]


@BOTH_DATABASES
def test_processes_that_are_long_gone_are_forgotten(app: Flask) -> None:
    Heartbeat.beat("worker", "gone", NOW)

    Heartbeat.beat("worker", "new", NOW + FORGOTTEN + SECOND)

    assert db.session.scalars(select(Heartbeat.name)).all() == ["new"]


@BOTH_DATABASES
def test_a_beat_from_before_a_clock_was_set_back_is_no_sign_of_life(app: Flask) -> None:
    Heartbeat.beat("worker", "dead", NOW)
    an_hour_before = NOW - timedelta(hours=1)

    Heartbeat.beat("worker", "lives", an_hour_before)

    assert names("worker", an_hour_before) == ["lives"]
    assert names("worker", NOW - SECOND) == ["dead"]
