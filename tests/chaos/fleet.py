"""The processes of a service, each started again when it is gone, as a process manager does."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.processes import clean_environment
from tests.service import ROOT

WEB = "gunicorn --config webapp/gunicorn.py webapp:create_app()"
# A process that ended by itself is started again after so long.
PAUSE_SECONDS = 1.0
# Characters that are kept of what it said before.
LAST_WORDS = 1000


@dataclass(frozen=True)
class End:
    """How a process ended that nobody had told to; `name` is the one that the witness shows."""

    name: str
    status: int
    last_words: str

    @property
    def kind(self) -> str:
        return re.split(r"[-.]", self.name)[0]


class Part:
    """One process of the service, which can be killed, or stopped, for a while."""

    def __init__(self, name: str, words: list[str], told: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.kind = name.split("-")[0]
        self.ends: list[End] = []
        self._words = words
        self._told = told
        self._log = log
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._away_until = 0.0
        self._stopped_until: float | None = None

    @property
    def well(self) -> bool:
        """Whether it runs and nothing was done to it."""
        return self._process is not None and self._stopped_until is None

    def kill(self, seconds: float) -> None:
        """End it with -9, and keep it away for so long."""
        self._stopped_until = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._away_until = time.monotonic() + seconds

    def stop(self, seconds: float) -> None:
        """Freeze it, and let it go on after so long."""
        if self._process:
            self._process.send_signal(signal.SIGSTOP)
            self._stopped_until = time.monotonic() + seconds

    def heal(self) -> None:
        """Let nothing keep it from running any longer."""
        self._away_until = 0.0
        if self._stopped_until is not None:
            self._stopped_until = 0.0
        self.look()

    def look(self) -> None:
        """Do what a process manager would do now."""
        now = time.monotonic()
        if self._stopped_until is not None and now >= self._stopped_until:
            self._stopped_until = None
            if self._process:
                self._process.send_signal(signal.SIGCONT)
        if self._process and self._process.poll() is not None:
            self.ends.append(End(self._writer, self._process.returncode, self._last_words()))
            self._process = None
            self._away_until = now + PAUSE_SECONDS
        if not self._process and now >= self._away_until:
            self._start()

    def terminate(self) -> None:
        self.heal()
        if self._process:
            self._process.terminate()

    def wait(self) -> None:
        if self._process:
            self._process.wait(timeout=60)

    @property
    def _writer(self) -> str:
        """The name that the witness in the database shows for what this process writes."""
        return f"{self.name}.{self._starts}"

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-LAST_WORDS:]

    def _start(self) -> None:
        self._starts += 1
        told = {"PGAPPNAME": self._writer}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._words,
                cwd=ROOT,
                env={**self._told, **told},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


class Fleet:
    """Two schedulers, the workers, Valkey as it is embedded, and the web server."""

    def __init__(self, parts: list[Part]) -> None:
        self._parts = parts

    def of(self, kind: str) -> list[Part]:
        return [part for part in self._parts if part.kind == kind]

    def look(self) -> None:
        for part in self._parts:
            part.look()

    def heal(self) -> None:
        for part in self._parts:
            part.heal()

    @property
    def ends(self) -> list[End]:
        """Of those that ended by themselves."""
        return [end for part in self._parts for end in part.ends]


@contextmanager
def running(folder: Path, told: Mapping[str, str], *, workers: int, fast: bool) -> Iterator[Fleet]:
    """The whole service with settings `told`; its output in `folder`; all ended afterwards."""
    # Every part ends with this process.
    environment = clean_environment(**told, SUPERVISOR_PID=str(os.getpid()))
    parts = [
        Part(
            name,
            [sys.executable, "-m", "tests.chaos.named", *words.split()],
            environment,
            folder / f"{name}.log",
        )
        for name, words in _programs(workers, fast).items()
    ]
    fleet = Fleet(parts)
    try:
        fleet.look()
        yield fleet
    finally:
        # Valkey is the last, as workers sign off with it.
        for part in reversed(parts):
            part.terminate()
            part.wait()


def marked(variable: str, value: str) -> list[psutil.Process]:
    """Processes that have the variable in their environment, children of children included."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(variable) == value:
                found.append(process)
        except psutil.Error:
            continue  # it is gone, or somebody else's
    return found


def _programs(workers: int, fast: bool) -> dict[str, str]:
    scheduler, worker = ("-m tests.fast_scheduler", "-m tests.fast_worker")
    if not fast:
        scheduler, worker = "scheduler.py", "worker.py"
    return {
        "valkey": "-m webapp.embedded",
        "web": f"-m {WEB}",
        **{f"scheduler-{number}": scheduler for number in (1, 2)},
        **{f"worker-{number}": worker for number in range(1, workers + 1)},
    }
