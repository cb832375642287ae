import os
import socket
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES, ON_POSTGRESQL
from tests.held import held_by_another
from tests.jobs.conftest import run_is, worker_process, working
from tests.rows import NOW, new_monitor
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs import Doorbell, Scheduler, start
from webapp.jobs.life import Life
from webapp.metrics import SLOTS_SKIPPED, write_out
from webapp.models import Heartbeat, MetricSample, Run


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.data_dir / "alive").glob("*"))


def test_a_process_shows_its_life_by_a_row_and_a_file_until_it_ends(
    app: Flask, settings: Settings
) -> None:
    life = Life("worker", settings)

    life.show(NOW)
    shown = [beat.name for beat in Heartbeat.alive("worker", NOW)], names(settings)
    life.end()

    assert shown == ([life.title], [f"worker-{os.getpid()}"])
    assert (Heartbeat.alive("worker", NOW), names(settings)) == ([], [])


def test_the_file_grows_young_again_with_every_sign(app: Flask, settings: Settings) -> None:
    life = Life("scheduler", settings)
    life.show(NOW)
    (file,) = (settings.data_dir / "alive").iterdir()
    os.utime(file, (0, 0))

    life.show(NOW + timedelta(seconds=10))

    assert file.stat().st_mtime > 0


def test_a_process_whose_folder_cannot_be_used_shows_its_life_by_the_row(
    app: Flask, settings: Settings
) -> None:
    (settings.data_dir / "alive").write_text("This is no folder.")
    life = Life("worker", settings)

    life.show(NOW)

    assert [beat.name for beat in Heartbeat.alive("worker", NOW)] == [life.title]


@pytest.mark.usefixtures("valkey")
def test_a_real_worker_has_its_file_while_it_lives(app: Flask, settings: Settings) -> None:
    def alive() -> int:
        db.session.rollback()
        return len(Heartbeat.alive("worker", utc_now()))

    with worker_process(settings) as process:
        until(alive)
        at_work = names(settings)
        process.terminate()
        process.wait(timeout=30)

    assert at_work == [f"worker-{process.pid}"]
    assert names(settings) == []


COUNTS = "SELECT * FROM metric_samples"


def count_something() -> None:
    """There are counts in the table, and new ones in memory."""
    SLOTS_SKIPPED.inc()
    write_out()
    SLOTS_SKIPPED.inc()


@ON_POSTGRESQL
@pytest.mark.usefixtures("valkey")
def test_counts_that_cannot_be_written_keep_no_monitor_from_its_run(
    app: Flask, scheduler: Scheduler, doorbell: Doorbell, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = new_monitor()
    monitor.run_next(NOW)
    count_something()

    with held_by_another(COUNTS):
        scheduler.tick(NOW)

    assert doorbell.waiting() == 1
    assert db.session.scalars(select(Run.monitor_id)).all() == [monitor.id]
    assert [beat.name for beat in Heartbeat.alive("scheduler", NOW)]
    assert [r.msg["event"] for r in caplog.records if r.levelname == "WARNING"] == [
        "counts not written"
    ]


@ON_POSTGRESQL
@pytest.mark.usefixtures("valkey")
def test_counts_that_cannot_be_written_keep_no_worker_from_its_work(
    app: Flask, doorbell: Doorbell
) -> None:
    count_something()

    with held_by_another(COUNTS), working(app):
        run_id = start(new_monitor().id, "manual", doorbell)
        until(lambda: run_is(run_id, "ok"))


@BOTH_DATABASES
def test_a_process_shows_its_life_though_its_counts_cannot_be_written(
    app: Flask, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    SLOTS_SKIPPED.inc()
    life = Life("worker", settings)
    MetricSample.__table__.drop(db.engine)

    life.show(NOW)
    shown = [beat.name for beat in Heartbeat.alive("worker", NOW)]
    life.end()

    assert shown == [life.title]
    assert Heartbeat.alive("worker", NOW) == []
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 2


def known_workers() -> list[str]:
    db.session.rollback()
    return [beat.name for beat in Heartbeat.all_of(["worker"], utc_now())]


@pytest.mark.usefixtures("valkey")
def test_what_a_worker_that_was_killed_left_goes_with_the_next_one(
    app: Flask, settings: Settings
) -> None:
    with worker_process(settings) as killed:
        until(lambda: names(settings) == [f"worker-{killed.pid}"])
        Life("scheduler", settings).show(NOW)
    killed.wait(timeout=30)
    left = names(settings)

    with worker_process(settings) as second:
        until(lambda: f"worker-{second.pid}" in names(settings))
        both = names(settings)
        until(lambda: known_workers() == [f"{socket.gethostname()}:{second.pid}"])

    assert left == [f"scheduler-{os.getpid()}", f"worker-{killed.pid}"]
    assert both == [f"scheduler-{os.getpid()}", f"worker-{second.pid}"]
