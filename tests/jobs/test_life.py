import os
from datetime import timedelta

import pytest
from flask import Flask

from tests.jobs.conftest import worker_process
from tests.rows import NOW
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.life import Life
from webapp.models import Heartbeat


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.data_dir / "alive").iterdir())


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
