import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.rows import A_COMMAND, new_monitor
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs import Doorbell, Scheduler, Worker
from webapp.models import Monitor, Run

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def doorbell(app: Flask) -> Doorbell:
    bell: Doorbell = app.extensions["doorbell"]
    return bell


@pytest.fixture
def scheduler(app: Flask, settings: Settings, doorbell: Doorbell) -> Scheduler:
    return Scheduler(settings, doorbell)


@contextmanager
def working(app: Flask) -> Iterator[threading.Event]:
    """A worker in this process; it stops at the end, or when the event is set."""
    settings = app.extensions["settings"]
    doorbell = Doorbell.of(settings)
    worker, stop = Worker(app, settings, doorbell), threading.Event()
    thread = threading.Thread(target=worker.serve, args=(stop,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webapp.jobs.worker.WAIT_SECONDS", 1)  # so long a stop takes
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(timeout=60)
            doorbell.redis.close()
    assert not thread.is_alive()


@contextmanager
def worker_process(
    settings: Settings, stderr: IO[str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker.py on these settings; killed at the end."""
    told = {"DATA_DIR": str(settings.data_dir), "REDIS_URL": settings.queue_url}
    if settings.database_url:
        told["DATABASE_URL"] = settings.database_url
    with subprocess.Popen(
        [sys.executable, "worker.py"], cwd=ROOT, env=os.environ | told, stderr=stderr
    ) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def run_is(run_id: int, *statuses: str) -> bool:
    """Whether the Run has one of these statuses now."""
    db.session.rollback()
    return db.session.scalar(select(Run.status).where(Run.id == run_id)) in statuses


def monitor_that_runs(command: str, **values: Any) -> Monitor:
    return new_monitor(inputs=[A_COMMAND | {"command": command}], **values)


def waits_for(folder: Path) -> str:
    """A command that says `started` in the folder and goes on when there is a `go`."""
    return (
        f"cd {folder}; echo $$ > writing; mv writing started; "
        "until [ -e go ]; do sleep 0.05; done; echo done"
    )


def threads_that_carry_runs() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("run_")]
