"""scheduler.py as a process of its own, whose database goes away for a while."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.jobs.conftest import ROOT
from tests.rows import new_monitor
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Heartbeat, Monitor, Run


@contextmanager
def scheduler_process(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """A real scheduler.py on these settings; its standard error can be read."""
    told = {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.queue_url,
    }
    with subprocess.Popen(
        [sys.executable, "scheduler.py"],
        cwd=ROOT,
        env=os.environ | told,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_with(words: str, lines: IO[str]) -> str:
    """The next that has them; there may be others before, such as of counts not written."""
    return next(line for line in lines if words in line)


def ran(monitor: Monitor) -> bool:
    db.session.rollback()
    return db.session.scalar(select(Run.id).where(Run.monitor_id == monitor.id)) is not None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("valkey")
def test_a_scheduler_outlives_an_outage_of_the_database_and_goes_on(
    app: Flask, settings: Settings, postgresql: Any
) -> None:
    monitor, later = new_monitor(), new_monitor()
    monitor.run_next(utc_now())

    with scheduler_process(settings) as scheduler:
        assert scheduler.stderr
        until(lambda: ran(monitor))
        db.session.rollback()
        db.engine.dispose()
        postgresql.stop()
        try:
            said = line_with("WARNING no answer", scheduler.stderr)
        finally:
            postgresql.start()
        later.run_next(utc_now())
        until(lambda: ran(later))
        back = line_with("INFO answers again", scheduler.stderr)
        scheduler.terminate()
        rest = scheduler.stderr.read()

    assert "WARNING no answer part=database seconds=" in said
    assert "INFO answers again part=database seconds=" in back
    assert (scheduler.returncode, "Traceback" in rest) == (0, False)
    assert Heartbeat.alive("scheduler", utc_now()) == []
