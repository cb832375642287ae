import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import OperationalError, StatementError, TimeoutError
from structlog.testing import capture_logs

from tests.conftest import BOTH_DATABASES, ON_POSTGRESQL
from tests.waiting import until
from webapp import extensions
from webapp.config import Settings
from webapp.extensions import changed_rows, db, insert_unless_there, writing
from webapp.models import Heartbeat

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)


@BOTH_DATABASES
def test_a_moment_comes_back_as_the_same_moment_in_utc(app: Flask) -> None:
    moment = datetime(2026, 1, 31, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    Heartbeat.beat("worker", "one", moment)
    db.session.remove()

    (beat,) = db.session.scalars(select(Heartbeat.beat_at))

    assert beat.isoformat() == "2026-01-31T08:00:00.123456+00:00"


@BOTH_DATABASES
def test_moments_of_different_zones_are_compared_as_moments(app: Flask) -> None:
    Heartbeat.beat("worker", "one", NOW)
    an_hour_west = timezone(timedelta(hours=-1))

    later = select(Heartbeat.name).where(
        Heartbeat.beat_at > datetime(2026, 1, 31, 7, 30, tzinfo=an_hour_west)
    )
    earlier = select(Heartbeat.name).where(
        Heartbeat.beat_at > datetime(2026, 1, 31, 6, 30, tzinfo=an_hour_west)
    )

    assert db.session.scalars(later).all() == []
    assert db.session.scalars(earlier).all() == ["one"]


@BOTH_DATABASES
def test_a_naive_moment_has_no_place_in_the_database(app: Flask) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        Heartbeat.beat("worker", "one", datetime(2026, 1, 31, 8, 0))  # noqa: DTZ001 - that is it

    assert db.session.scalars(select(Heartbeat.name)).all() == []


@BOTH_DATABASES
def test_writing_commits_at_its_end(app: Flask) -> None:
    with writing():
        db.session.add(Heartbeat(kind="worker", name="one", beat_at=NOW))

    db.session.remove()
    assert db.session.scalars(select(Heartbeat.name)).all() == ["one"]


@BOTH_DATABASES
def test_writing_takes_everything_back_on_an_error(app: Flask) -> None:
    with pytest.raises(KeyError), writing():
        db.session.add(Heartbeat(kind="worker", name="one", beat_at=NOW))
        db.session.flush()
        raise KeyError

    assert db.session.scalars(select(Heartbeat.name)).all() == []


@BOTH_DATABASES
def test_writing_leaves_what_was_begun_before_it_behind(app: Flask) -> None:
    db.session.add(Heartbeat(kind="worker", name="unfinished", beat_at=NOW))

    with writing():
        db.session.add(Heartbeat(kind="worker", name="one", beat_at=NOW))

    assert db.session.scalars(select(Heartbeat.name)).all() == ["one"]


@BOTH_DATABASES
def test_writing_within_writing_is_refused_at_once_and_the_next_goes_well(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="within"), writing():
        db.session.add(Heartbeat(kind="worker", name="outer", beat_at=NOW))
        Heartbeat.beat("worker", "inner", NOW)
    Heartbeat.beat("worker", "next", NOW)

    assert db.session.scalars(select(Heartbeat.name)).all() == ["next"]


@BOTH_DATABASES
def test_writing_reads_what_others_wrote_meanwhile(app: Flask) -> None:
    Heartbeat.beat("worker", "one", NOW)
    beat = db.session.get_one(Heartbeat, ("worker", "one"))
    with db.engine.begin() as elsewhere:
        elsewhere.execute(text("UPDATE heartbeats SET beat_at = '2026-01-31 09:00:00.000000'"))

    with writing():
        seen = beat.beat_at

    assert (seen - beat.beat_at, seen.minute) == (timedelta(0), 0)
    assert seen != NOW


@BOTH_DATABASES
def test_an_insert_of_what_is_there_changes_nothing_and_returns_nothing(app: Flask) -> None:
    def insert(beat_at: datetime) -> str | None:
        statement = insert_unless_there(Heartbeat, kind="worker", name="one", beat_at=beat_at)
        return db.session.scalar(statement.returning(Heartbeat.name))

    with writing():
        returned = [insert(NOW), insert(NOW + timedelta(days=1))]

    assert returned == ["one", None]
    assert db.session.scalars(select(Heartbeat.beat_at)).all() == [NOW]


@BOTH_DATABASES
def test_a_change_says_how_many_rows_it_touched(app: Flask) -> None:
    Heartbeat.beat("worker", "one", NOW)
    Heartbeat.beat("worker", "two", NOW)

    with writing():
        changed = changed_rows(update(Heartbeat).values(beat_at=NOW + timedelta(seconds=1)))
        deleted = changed_rows(delete(Heartbeat).where(Heartbeat.name == "one"))

    assert (changed, deleted) == (2, 1)


def test_sqlite_is_set_up_for_many_writers(app: Flask) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")

    with db.engine.connect() as connection:
        found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert found == ["wal", 1, 1, 5000]


@ON_POSTGRESQL
def test_postgresql_lets_nobody_hold_up_the_others_for_long(app: Flask) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")

    with db.engine.connect() as connection:
        found = [connection.execute(text(f"SHOW {name}")).scalar() for name in names]

    assert found == ["30s", "10s", "15s"]


def test_writers_on_sqlite_wait_for_their_turn_and_lose_nothing(app: Flask) -> None:
    Heartbeat.beat("worker", "counter", NOW)

    def count_up() -> None:
        with app.app_context():
            for _ in range(25):
                with writing():
                    row = db.session.get_one(Heartbeat, ("worker", "counter"))
                    row.beat_at += timedelta(seconds=1)

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert db.session.scalars(select(Heartbeat.beat_at)).all() == [NOW + timedelta(seconds=200)]


def test_a_writer_on_sqlite_whose_turn_does_not_come_says_so_and_writes_nothing(app: Flask) -> None:
    begun, done = threading.Event(), threading.Event()

    def write_for_long() -> None:
        with app.app_context(), writing():
            begun.set()
            done.wait(30)

    with ThreadPoolExecutor(1) as other:
        other.submit(write_for_long)
        begun.wait(30)
        with pytest.raises(TimeoutError, match="another thread"), writing(patience_ms=100):
            db.session.add(Heartbeat(kind="worker", name="late", beat_at=NOW))
        done.set()

    assert db.session.scalars(select(Heartbeat.name)).all() == []


@contextmanager
def held_by_another_process(settings: Settings) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(settings.data_dir / "monitor.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_database_that_another_process_holds_is_told_while_it_is_waited_for(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "SAY_AFTER_MS", 200)

    with (
        held_by_another_process(settings) as other,
        ThreadPoolExecutor(1) as threads,
        capture_logs() as lines,
    ):
        written = threads.submit(beat_in, app)
        until(lambda: lines)
        other.rollback()
        written.result(timeout=30)

    assert [(line["event"], line["part"]) for line in lines] == [
        ("no answer", "database"),
        ("answers again", "database"),
    ]


def test_whoever_waits_for_a_page_waits_for_no_writer_as_long_as_a_process_does(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "PERSONS_PATIENCE_MS", 100)

    with (
        held_by_another_process(settings),
        app.test_request_context("/"),
        pytest.raises(OperationalError, match="locked"),
        writing(),
    ):
        pass


def beat_in(app: Flask) -> None:
    with app.app_context():
        Heartbeat.beat("worker", "one", NOW)


def test_the_readers_of_sqlite_wait_for_no_writer(app: Flask) -> None:
    Heartbeat.beat("worker", "one", NOW)

    with writing():
        db.session.execute(update(Heartbeat).values(beat_at=NOW + timedelta(days=1)))
        with ThreadPoolExecutor(1) as other:
            seen = other.submit(read_all, app).result(timeout=10)

    assert seen == [NOW]


def read_all(app: Flask) -> list[datetime]:
    with app.app_context():
        return list(db.session.scalars(select(Heartbeat.beat_at)))
