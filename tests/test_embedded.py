import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from redis import Redis

from tests.processes import killed_afterwards
from tests.valkey import answers
from tests.waiting import until
from webapp.config import Settings
from webapp.embedded import VALKEY_LOCK

pytestmark = pytest.mark.takes(seconds=25)

ROOT = Path(__file__).parent.parent
SOCKET = "valkey/valkey.sock"
COMMAND = [sys.executable, "-m", "webapp.embedded"]
# A process manager that starts the server, says its number, and does nothing.
PARENT = f"""
import os, subprocess, time
told = os.environ | {{"SUPERVISOR_PID": str(os.getpid())}}
print(subprocess.Popen({COMMAND!r}, env=told).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """With a short path, as that of a socket has to be."""
    with TemporaryDirectory(prefix="embedded-") as folder:
        yield Path(folder)


@contextmanager
def started(data_dir: Path, command: list[str] = COMMAND) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with killed_afterwards(process):
        yield process


@contextmanager
def server_on(data_dir: Path, stop_by: signal.Signals = signal.SIGTERM) -> Iterator[Redis]:
    """A client of a server that answers, and is ended by the signal."""
    with started(data_dir) as process, Redis(unix_socket_path=str(data_dir / SOCKET)) as client:
        until(lambda: answers(data_dir / SOCKET))
        yield client
        process.send_signal(stop_by)
        process.wait(timeout=20)


def test_one_data_dir_has_one_server(data_dir: Path) -> None:
    with server_on(data_dir) as client, started(data_dir) as second:
        _, said = second.communicate(timeout=30)
        first_answers = client.ping()

    assert second.returncode == 1
    assert said == f"A Valkey server already runs on {data_dir}/valkey.\n"
    assert first_answers


@pytest.mark.parametrize("stop_by", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_queued_survives_a_restart(data_dir: Path, stop_by: signal.Signals) -> None:
    with server_on(data_dir, stop_by) as client:
        client.rpush("queue", "run-1", "run-2")

    with server_on(data_dir) as client:
        queued = client.lrange("queue", 0, -1)

    assert queued == [b"run-1", b"run-2"]


def test_nobody_else_on_this_machine_or_elsewhere_can_reach_it(data_dir: Path) -> None:
    with server_on(data_dir) as client:
        process = psutil.Process(client.info("server")["process_id"])
        listening = process.net_connections("inet")
        port = client.config_get("port")
        modes = [
            stat.S_IMODE(path.stat().st_mode) for path in (data_dir / "valkey", data_dir / SOCKET)
        ]

    assert listening == []
    assert port == {"port": "0"}
    assert modes == [0o700, 0o700]


def test_it_ends_with_the_process_manager_that_started_it(data_dir: Path) -> None:
    command = [sys.executable, "-c", PARENT]
    with started(data_dir, command) as parent:
        assert parent.stdout
        server = psutil.Process(int(parent.stdout.readline()))
        until(lambda: answers(data_dir / SOCKET))

        parent.kill()

        psutil.wait_procs([server], timeout=20)
    assert not server.is_running()


@pytest.mark.parametrize("deleted", ["valkey", SOCKET, VALKEY_LOCK])
def test_it_ends_where_nobody_can_reach_it_or_nothing_is_kept(data_dir: Path, deleted: str) -> None:
    with started(data_dir) as process:
        until(lambda: answers(data_dir / SOCKET))
        (watcher,) = psutil.Process(process.pid).children()

        subprocess.run(["rm", "-r", data_dir / deleted], check=True)

        status = process.wait(timeout=20)
        psutil.wait_procs([watcher], timeout=20)
    assert status == -signal.SIGKILL
    assert not watcher.is_running()


@pytest.mark.parametrize("stop_by", [signal.SIGTERM, signal.SIGKILL])
def test_its_watcher_ends_with_it_and_leaves_the_next_one_alone(
    data_dir: Path, stop_by: signal.Signals
) -> None:
    with started(data_dir) as first:
        until(lambda: answers(data_dir / SOCKET))
        beside = psutil.Process(first.pid).children(recursive=True)
        first.send_signal(stop_by)
        first.wait(timeout=20)

    with started(data_dir) as second:
        until(lambda: answers(data_dir / SOCKET))
        _, alive = psutil.wait_procs(beside, timeout=20)
        watchers = psutil.Process(second.pid).children()
        second.terminate()
        second.wait(timeout=20)

    assert beside and alive == []
    assert len(watchers) == 1
    assert second.returncode == 0


def test_a_folder_that_is_not_ours_is_refused(data_dir: Path) -> None:
    (data_dir / "elsewhere").mkdir()
    (data_dir / "valkey").symlink_to("elsewhere")

    with started(data_dir) as process:
        _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert said == f"{data_dir}/valkey belongs to somebody else; set another DATA_DIR.\n"


def test_a_deep_data_dir_has_a_server_too(data_dir: Path) -> None:
    deep = Path(data_dir, *["a-folder-with-a-long-name"] * 5)
    settings = Settings(_env_file=None, data_dir=deep)  # type: ignore[call-arg]

    with started(deep) as process, Redis.from_url(settings.queue_url) as client:
        until(lambda: answers(settings.valkey_socket))
        kept_in = client.config_get("dir")
        process.terminate()
        process.wait(timeout=20)

    settings.valkey_socket.parent.rmdir()
    assert kept_in == {"dir": str(deep / "valkey")}
