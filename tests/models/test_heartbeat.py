import sqlite3
import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW
from tests.together import together
from webapp.config import Settings
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
    before = NOW - timedelta(minutes=4)

    Heartbeat.beat("worker", "lives", before)

    assert names("worker", before) == ["lives"]
    assert names("worker", NOW - SECOND) == ["dead"]


@BOTH_DATABASES
def test_one_that_is_missed_is_silent_until_it_is_forgotten(app: Flask) -> None:
    def silent(after: timedelta) -> list[str]:
        return [beat.name for beat in Heartbeat.silent("worker", NOW + after)]

    Heartbeat.beat("worker", "hangs", NOW)
    Heartbeat.beat("worker", "ended", NOW)
    Heartbeat.stop("worker", "ended")

    moments = (ALIVE - SECOND, ALIVE, FORGOTTEN - SECOND, FORGOTTEN)
    assert [silent(after) for after in moments] == [[], ["hangs"], ["hangs"], []]


def test_a_beat_that_waited_for_the_database_is_of_when_it_was_written(
    app: Flask, settings: Settings
) -> None:
    with sqlite3.connect(settings.data_dir / "monitor.db") as other:
        other.execute("BEGIN IMMEDIATE")
        beating = threading.Thread(target=beat_in, args=(app,))
        beating.start()
        beating.join(timeout=2.5)
        other.rollback()
    other.close()
    beating.join()

    (beat,) = Heartbeat.alive("worker", NOW + 5 * SECOND)
    assert beat.beat_at >= NOW + 2 * SECOND


def beat_in(app: Flask) -> None:
    with app.app_context():
        Heartbeat.beat("worker", "waits", NOW)
