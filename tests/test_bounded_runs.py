"""A Run is bounded, whatever its commands do: real workers, real commands."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.jobs.conftest import ROOT, run_is, worker_process
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.rows import A_COMMAND, new_monitor
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs import Doorbell, Scheduler, scheduler, start
from webapp.models import Monitor, Notification, Run
from webapp.models.run import DONE

pytestmark = [pytest.mark.takes(seconds=40), pytest.mark.usefixtures("valkey")]

# Each of the ten keeps the end of two streams in rings of half a megabyte, and is redacted and
# fitted: 22 MB were measured. Kept whole, that one line alone would be 300 MB.
MOST_GROWTH_MB = 32
# No other process sleeps so long, so that those of these tests can be found.
A_NUMBER = 10_000_000 + os.getpid()
SLEEP = f"sleep {A_NUMBER}"
LATE = "timed out after 2 s; what it printed until then was kept"
NOTHING = "it had printed nothing that can be shown"
LATE_AND_EMPTY = f"timed out after 2 s; {NOTHING}"


@dataclass(frozen=True)
class Hostile:
    """What a command does, and what becomes of its Run: `error` is its Input's."""

    command: str
    status: str
    error: str | None = None


HOSTILE = {
    "prints for ever": Hostile("yes", "error", LATE),
    "prints nothing that is text": Hostile("cat /dev/zero", "error", LATE_AND_EMPTY),
    "prints a line of 300 MB": Hostile("head -c 300000000 /dev/zero | tr '\\0' x", "ok"),
    "prints both for ever": Hostile("yes >&2 & yes", "error", LATE),
    "leaves a child with its output": Hostile(f"{SLEEP} & echo fine", "ok"),
    "leaves a daemon": Hostile(f"setsid {SLEEP} & echo fine", "ok"),
    "ignores TERM": Hostile(f"trap '' TERM; {SLEEP}; {SLEEP}", "error", LATE_AND_EMPTY),
    "stops itself": Hostile("kill -STOP $$", "error", LATE_AND_EMPTY),
    "kills its group": Hostile("kill -9 0", "error", "exited with status 137"),
    "takes memory": Hostile(
        f"{sys.executable} -c 'import time; held = bytearray(300 << 20); time.sleep(60)'",
        "error",
        f"used more than 200 MB of memory; {NOTHING}",
    ),
    # A fork bomb, with an end: 254 processes.
    "takes processes": Hostile(
        f"f() {{ [ $1 = 0 ] || {{ f $(($1 - 1)) & f $(($1 - 1)) & }}; {SLEEP}; }}; f 6",
        "error",
        f"ran more than 30 processes at once; {NOTHING}",
    ),
}


def test_a_run_ends_in_time_and_its_worker_lives_whatever_its_command_does(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    doorbell: Doorbell = app.extensions["doorbell"]
    monkeypatch.setenv("COMMAND_MEMORY_MB", "200")
    monkeypatch.setenv("COMMAND_MAX_PROCESSES", "30")
    monitors = {name: monitor_that_runs(one.command, name) for name, one in HOSTILE.items()}

    with worker_process(settings) as worker:
        first = start(new_monitor().id, "manual", doorbell)
        until(lambda: run_is(first, "ok"))
        before = peak_memory_mb(worker.pid)
        run_ids = {name: start(one.id, "manual", doorbell) for name, one in monitors.items()}
        until(lambda: all(run_is(run_id, *DONE) for run_id in run_ids.values()))
        growth = peak_memory_mb(worker.pid) - before
        until(lambda: not left_running())
        until(lambda: len(psutil.Process(worker.pid).children(recursive=True)) == 1)  # life-line
        last = start(new_monitor().id, "manual", doorbell)
        until(lambda: run_is(last, "ok"))
        lives = worker.poll() is None

    runs = {name: db.session.get_one(Run, run_id) for name, run_id in run_ids.items()}
    assert {name: outcome(run) for name, run in runs.items()} == HOSTILE
    assert max(run.duration_ms or 0 for run in runs.values()) < 20_000
    assert growth < MOST_GROWTH_MB
    assert lives


@BOTH_DATABASES
def test_a_run_that_kills_its_worker_each_time_is_closed_after_two_attempts_and_told(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE", timedelta(0))
    monkeypatch.setattr(scheduler, "RECONCILE_EVERY", timedelta(seconds=0.2))
    doorbell: Doorbell = app.extensions["doorbell"]
    mailbox = Mailbox()
    told = {"email_recipients": ["ops@example.com"], "notify_on": "alert_only"}
    # A command is a child of its worker, and of the same user.
    monitor = monitor_that_runs("kill -9 $PPID", notification_config=told)

    with smtp_server(mailbox) as port:
        mail = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
        for name, value in mail.items():
            monkeypatch.setenv(name.upper(), str(value))
        clock = Scheduler(settings.model_copy(update=mail), doorbell)
        with kept_running(settings) as deaths:
            run_id = start(monitor.id, "manual", doorbell)
            until(lambda: ticked(clock) and run_is(run_id, "error"), 60)
            until(lambda: ticked(clock) and mailbox.letters, 60)
            healthy = start(monitor_that_runs("echo fine").id, "manual", doorbell)
            until(lambda: run_is(healthy, "ok"))

    run = db.session.get_one(Run, run_id)
    assert (run.attempt, run.error_kind, len(deaths)) == (2, "lost", 2)
    assert run.error_message == (
        "Two workers began this Run and neither finished it, so nothing was judged."
    )
    (sent,) = db.session.scalars(select(Notification)).all()
    assert (sent.run_id, sent.recipient, sent.status) == (run_id, "ops@example.com", "sent")
    (letter,) = mailbox.letters
    assert "neither finished it" in letter.get_content()


def test_a_run_that_kills_its_worker_takes_none_of_its_neighbours_with_it_for_good(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE", timedelta(0))
    monkeypatch.setattr(scheduler, "RECONCILE_EVERY", timedelta(seconds=0.2))
    doorbell: Doorbell = app.extensions["doorbell"]
    clock = Scheduler(settings, doorbell)
    commands = [
        *["sleep 1; echo fine"] * 3,
        "sleep 0.5; kill -9 $PPID",
        *["sleep 1; echo fine"] * 3,
    ]
    monitors = [monitor_that_runs(command) for command in commands]

    with kept_running(settings) as deaths:
        run_ids = [Run.start(monitor.id, "manual", utc_now())[0] for monitor in monitors]
        doorbell.ring_for_runs(run_ids)
        until(lambda: ticked(clock) and all(run_is(id_, "ok", "error") for id_ in run_ids), 90)

    db.session.rollback()
    ended = db.session.execute(select(Run.status, Run.attempt).order_by(Run.id)).all()
    assert ended == [*[("ok", 2)] * 3, ("error", 2), *[("ok", 2)] * 3]
    assert deaths == [-signal.SIGKILL] * 2


def monitor_that_runs(command: str, name: str = "Shop", **values: object) -> Monitor:
    """Two seconds are too short for what never ends, and any time long enough for the rest."""
    seconds = 2 if HOSTILE.get(name, Hostile("", "")).error in (LATE, LATE_AND_EMPTY) else 30
    inputs = [A_COMMAND | {"command": command, "timeout_seconds": seconds}]
    # Daily, and not in its first minute, so that no slot of its own comes due meanwhile.
    made_at = utc_now() + timedelta(hours=23)
    return new_monitor(made_at, name=name, inputs=inputs, interval_seconds=86_400, **values)


def outcome(run: Run) -> Hostile:
    (item,) = run.inputs
    return Hostile(item["command"], run.status, item["error"])


def left_running() -> list[psutil.Process]:
    """What sleeps of these tests."""
    words = SLEEP.split()
    return [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == words]


def peak_memory_mb(pid: int) -> float:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    assert match
    return int(match[1]) / 1024


def ticked(clock: Scheduler) -> bool:
    clock.tick(utc_now())
    return True


@contextmanager
def kept_running(settings: Settings) -> Iterator[list[int]]:
    """One worker after another, each begun when the last one died; how those ended."""
    told = {"DATA_DIR": str(settings.data_dir), "REDIS_URL": settings.queue_url}
    if settings.database_url:
        told["DATABASE_URL"] = settings.database_url
    deaths: list[int] = []
    stop = threading.Event()
    workers: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not stop.is_set():
            words = [sys.executable, "-m", "tests.fast_worker"]
            with subprocess.Popen(words, cwd=ROOT, env=os.environ | told) as worker:
                workers.append(worker)
                until(lambda: worker.poll() is not None or stop.is_set(), 120)
                if stop.is_set():
                    worker.kill()
                else:
                    deaths.append(worker.returncode)

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield deaths
    finally:
        stop.set()
        keeper.join()
