"""The whole service as `make run` starts it, in processes of its own."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.processes import clean_environment
from tests.waiting import until

ROOT = Path(__file__).parent.parent
# How each part shows in the list of processes.
PARTS = {
    "valkey": "valkey-server",
    "web": "gunicorn",
    "scheduler": "scheduler.py",
    "worker": "worker.py",
}


class Service:
    """One that was started on `data_dir` and serves `port`."""

    def __init__(self, process: subprocess.Popen[str], data_dir: Path, port: int) -> None:
        self.process = process
        self.data_dir = data_dir
        self.port = port
        self.seconds_to_start = 0.0

    def curl(self, path: str, *options: str) -> tuple[int, Any]:
        """The status and the JSON that curl gets; 0 where nobody listens."""
        url = f"http://127.0.0.1:{self.port}{path}"
        command = ["curl", "--silent", "--max-time", "60", "--write-out", "\n%{http_code}"]
        result = subprocess.run([*command, *options, url], capture_output=True, text=True)
        body, _, status = result.stdout.rpartition("\n")
        return int(status), json.loads(body) if body.startswith(("{", "[")) else body

    def send(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        kind = ("--header", "Content-Type: application/json")
        return self.curl(path, "--request", method, *kind, "--data", json.dumps(body))

    def well(self) -> bool:
        return self.curl("/health")[0] == 200

    def parts(self) -> dict[str, psutil.Process]:
        """The process of each part that runs."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            words = " ".join(_words(child))
            found.update({name: child for name, mark in PARTS.items() if mark in words})
        return found

    def everything(self) -> list[psutil.Process]:
        manager = psutil.Process(self.process.pid)
        return [manager, *manager.children(recursive=True)]


@contextmanager
def launched(
    data_dir: Path,
    stdout: Any = subprocess.DEVNULL,
    module: str = "webapp.launch",
    cwd: Path = ROOT,
    **variables: str,
) -> Iterator[Service]:
    """The service, as soon as all of it is well; nothing of it is left at the end."""
    port = free_port()
    started_at = time.monotonic()
    process = start(data_dir, port, stdout, module, cwd, **variables)
    service = Service(process, data_dir, port)
    try:
        until(service.well, 90)  # on a busy machine
        service.seconds_to_start = time.monotonic() - started_at
        yield service
    finally:
        left = service.everything() if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        _, alive = psutil.wait_procs(left, timeout=20)
        for one in alive:
            one.kill()
    assert alive == []


def start(
    data_dir: Path,
    port: int,
    stdout: Any = subprocess.DEVNULL,
    module: str = "webapp.launch",
    cwd: Path = ROOT,
    **variables: str,
) -> subprocess.Popen[str]:
    """`python -m webapp.launch`, with nothing of the caller's own settings."""
    told = {"DATA_DIR": str(data_dir), "PORT": str(port), "PYTHONPATH": str(ROOT)} | variables
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=cwd,
        env=clean_environment(**told),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def example_is_done(service: Service) -> bool:
    """Whether the last Run of the Monitor that every new service has came to its end."""
    status, run = service.curl("/monitors/1/runs/latest")
    return status == 200 and run["finished_at"] is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
