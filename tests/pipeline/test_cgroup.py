"""Commands in control groups of this machine's own kernel, which nobody can install."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import require
from tests.pipeline.test_warden import sleeps
from tests.waiting import until
from webapp.config import BadSettings, Settings
from webapp.pipeline.cgroup import lacking
from webapp.pipeline.confinement import confinement
from webapp.pipeline.hosts import run
from webapp.pipeline.values import Bounds, CommandResult, Host


@pytest.fixture
def folder() -> Iterator[Path]:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    roots = [Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2"]
    divisible = bool(roots) and os.access(roots[0], os.W_OK)
    require(divisible, "there are no cgroups of version 2 that we may divide")
    path = roots[0] / f"ai-log-monitor-test-{secrets.token_hex(4)}"
    path.mkdir()
    yield path
    until(lambda: not groups(path))
    path.rmdir()


def groups(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("command-*")]


def run_in(folder: Path, command: str, **bounds: int) -> CommandResult:
    held = Bounds(**bounds, cgroup=str(folder))
    return run(Host("local"), command, timeout_seconds=20, keep_bytes=5000, bounds=held)


def test_a_command_has_a_group_of_its_own_and_that_goes_with_it(folder: Path) -> None:
    result = run_in(folder, "grep ^0:: /proc/self/cgroup")

    assert result.error is None
    assert f"/{folder.name}/command-{os.getpid()}-" in result.stdout.text
    until(lambda: not groups(folder))


def test_what_left_its_command_ends_with_the_group_at_once(folder: Path) -> None:
    number = os.getpid() * 1000 + 5

    run_in(folder, f"setsid -f sleep {number}; setsid setsid -f sleep {number}")

    until(lambda: sleeps(number) == 0)


def test_cpu_time_of_processes_that_ended_counts(folder: Path) -> None:
    burn = f"timeout 0.3 {sys.executable} -c 'while True: pass'"

    result = run_in(folder, f"while :; do setsid -w {burn}; done", cpu_seconds=1)

    assert (result.error or "").startswith("used more than 1 s of CPU time")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (f"{sys.executable} -c 'held = bytearray(300 << 20)'", "used more than 100 MB of memory"),
        ("for i in 1 2 3 4 5 6 7 8; do sleep 15 & done", "ran more than 5 processes at once"),
    ],
)
def test_what_the_kernel_bounds_it_bounds_without_a_gap(
    folder: Path, command: str, error: str
) -> None:
    # Where the kernel has them in version 1, as on machines of CI, no test can move them.
    if missing := lacking(str(folder)):
        pytest.skip(f"{' and '.join(missing)} are not handed on here")

    result = run_in(folder, command, memory_mb=100, processes=5)

    assert (result.error or "").startswith(error)


def test_what_a_dead_worker_left_is_ended_by_the_next(folder: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = folder / f"command-{dead.pid}-1"
    left.mkdir()
    with subprocess.Popen(["sleep", "100"]) as forgotten:
        (left / "cgroup.procs").write_text(str(forgotten.pid))

        run_in(folder, "true")

        assert forgotten.wait(timeout=20) == -signal.SIGKILL
    assert left.name not in groups(folder)


def test_settings_tell_what_the_folder_does_not_bound(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMAND_CGROUP", str(folder))

    told = [one for one in confinement(Settings.load()).not_enforced if "twice a second" in one]

    missing = {"memory": "memory", "pids": "processes"}
    without = [called for name, called in missing.items() if name in lacking(str(folder))]
    assert [called in told[0] for called in without] == [True] * len(without)
    assert "CPU time" in told[0]


def test_a_folder_that_is_no_cgroup_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COMMAND_CGROUP", str(tmp_path))

    with pytest.raises(BadSettings, match=r"COMMAND_CGROUP: This must be a cgroup of version 2"):
        Settings.load()
