"""A service of our own to measure: SQLite, Valkey, an LLM that takes its time, and Monitors."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flask_migrate
import psutil
from flask import Flask
from rq import Queue
from sqlalchemy import delete, func, insert, select, update

from tests.processes import clean_environment
from tests.valkey import valkey_server
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Doorbell
from webapp.models import Monitor, Run, Target
from webapp.models.run import LIVE
from webapp.schemas import MonitorIn, TargetIn, validate

LINES = 100
LINE = "2026-01-01T00:00:{:02d}Z web-1 app[4242]: INFO request handled path=/api/items status=200\n"
TOO_LONG = 300
STOCK_QUEUE = "stock"
LAST_LINES = 20

Processes = Sequence[subprocess.Popen[bytes]]


@dataclass(frozen=True)
class Fleet:
    """What is there before any of our processes runs; each Monitor tails a file of 200 lines."""

    app: Flask
    doorbell: Doorbell
    environment: Mapping[str, str]
    llm_url: str

    def add_monitors(self, number: int, **values: Any) -> None:
        """They do not run by themselves, unless `values` say when."""
        sent = {
            "name": "Shop",
            "prompt": "Look for errors.",
            "target_id": db.session.scalar(select(Target.id)),
            "inputs": [{"label": "LOGS", "mode": "command", "command": self._command}],
        }
        row = validate(MonitorIn, sent).model_dump() | {"next_run_at": None} | values
        with writing():
            db.session.execute(insert(Monitor), [dict(row) for _ in range(number)])

    def queue_runs(self) -> list[int]:
        """A Run of each Monitor; no worker is called for it yet."""
        with writing():
            monitor_ids = db.session.scalars(select(Monitor.id)).all()
            inserted = [Run.insert(id_, "manual", utc_now()) for id_ in monitor_ids]
        return [run_id for run_id in inserted if run_id]

    def start_all(self) -> list[int]:
        """Queue a Run of each Monitor and call workers for all of them."""
        run_ids = self.queue_runs()
        self.doorbell.ring_for_runs(run_ids)
        with writing():  # or a scheduler would call again
            db.session.execute(update(Run).where(Run.id.in_(run_ids)).values(rung_at=utc_now()))
        return run_ids

    def live_runs(self) -> int:
        db.session.rollback()
        number = db.session.scalar(select(func.count()).where(Run.status.in_(LIVE)))
        return number or 0

    def forget_runs(self) -> None:
        """As if there had never been one."""
        with writing():
            db.session.execute(delete(Run))
        self.doorbell.queue.empty()

    def failed_runs(self) -> int:
        return db.session.scalar(select(func.count()).where(Run.status == "error")) or 0

    def asked(self) -> int:
        """How many questions wait for the LLM's answer."""
        with urllib.request.urlopen(self.llm_url, timeout=30) as answer:
            return int(answer.read())

    @contextmanager
    def running(
        self, command: Sequence[str], number: int = 1, python: str = sys.executable
    ) -> Iterator[Processes]:
        """`number` processes of `python COMMAND`, killed at the end with all their children."""
        processes = [self._begin(command, python) for _ in range(number)]
        try:
            yield processes
        finally:
            end(processes)

    @contextmanager
    def kept_running(self, command: Sequence[str], number: int) -> Iterator[list[int]]:
        """As `running`, but each that ends is begun again; the statuses with which they ended."""
        stop, ends = threading.Event(), list[int]()

        def keep() -> None:
            while not stop.is_set():
                with self.running(command) as (process,):
                    while process.poll() is None and not stop.wait(0.1):
                        pass
                    if process.returncode is not None:
                        ends.append(process.returncode)

        with ThreadPoolExecutor(number) as keepers:
            for _ in range(number):
                keepers.submit(keep)
            try:
                yield ends
            finally:
                stop.set()

    def call(self, command: Sequence[str]) -> int:
        """The exit status of `python COMMAND`."""
        return self._begin(command).wait()

    @contextmanager
    def stock_workers(self, number: int) -> Iterator[Processes]:
        """`number` of RQ's own, which fork for each job; a Run of each Monitor is queued."""
        self.queue_for_stock_workers()
        command = ["-m", "rq.cli", "worker", "--quiet", "--url", self.environment["REDIS_URL"]]
        with self.running([*command, STOCK_QUEUE], number) as processes:
            yield processes

    def queue_for_stock_workers(self) -> None:
        queue = Queue(STOCK_QUEUE, connection=self.doorbell.redis)
        for run_id in self.queue_runs():
            queue.enqueue("benchmarks.one_run.carry_out", run_id, job_timeout=TOO_LONG)

    def _begin(
        self, command: Sequence[str], python: str = sys.executable
    ) -> subprocess.Popen[bytes]:
        with Path(self.environment["DATA_DIR"], "log").open("ab") as log:
            words = [python, *command]
            return subprocess.Popen(words, env=self.environment, stdout=log, stderr=log)

    @property
    def _command(self) -> str:
        return f"tail -n {LINES} {shlex.quote(self.environment['DATA_DIR'])}/shop.log"


@contextmanager
def fleet(llm_seconds: float, **variables: str) -> Iterator[Fleet]:
    """An empty one; nothing of it is left at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-")))
        socket = folder / "valkey.sock"
        stack.enter_context(valkey_server(socket))
        llm_url = _start_llm(stack, llm_seconds)
        told = {
            "DATA_DIR": str(folder),
            "REDIS_URL": f"unix://{socket}",
            "LLM_MODEL": "openai:benchmark",
            "OPENAI_BASE_URL": llm_url,
        }
        environment = clean_environment(**told | variables)
        os.environ.update(environment)
        settings = Settings.load()
        (folder / "shop.log").write_text("".join(LINE.format(n % 60) for n in range(2 * LINES)))
        app = create_app(settings)
        stack.enter_context(app.app_context())
        flask_migrate.upgrade()
        Target.create(validate(TargetIn, {"name": "local", "type": "local"}))
        stack.callback(db.engine.dispose)
        stack.callback(db.session.remove)
        try:
            yield Fleet(app, Doorbell.of(settings), environment, llm_url)
        except SystemExit:  # it came to nothing; what the processes said may tell why
            said = [line for line in (folder / "log").open() if "run finished" not in line]
            print(*said[-LAST_LINES:], sep="", file=sys.stderr)
            raise


def until(condition: Callable[[], object], seconds: float = TOO_LONG) -> None:
    """Return once it holds; end the benchmark where it does not come to hold."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not so within {seconds} s")
        time.sleep(0.05)


def pss_bytes(processes: Processes) -> int:
    """What they and their children take, each shared page counted once for all."""
    return sum(one.memory_full_info().pss for one in _family(processes))


def end(processes: Processes) -> None:
    family = _family(processes)
    for one in family:
        with suppress(psutil.NoSuchProcess):  # as many end with their parent
            one.send_signal(signal.SIGKILL)
    for process in processes:
        process.wait()
    psutil.wait_procs(family, timeout=30)


def _family(processes: Processes) -> list[psutil.Process]:
    parents = [psutil.Process(process.pid) for process in processes if process.poll() is None]
    return [one for parent in parents for one in (parent, *parent.children(recursive=True))]


def _start(stack: ExitStack, command: Sequence[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    stack.callback(process.communicate)
    stack.callback(process.kill)
    return process


def _start_llm(stack: ExitStack, seconds: float) -> str:
    process = _start(stack, [sys.executable, "-m", "benchmarks.llm", str(seconds)])
    assert process.stdout, "as it was asked for"
    return process.stdout.readline().strip()
