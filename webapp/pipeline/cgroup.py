"""A control group for each command, in a folder of the kernel's that is ours to divide.

What the warden sees twice a second, the kernel holds without a gap: nothing leaves its group.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from webapp.pipeline.values import Bounds

# What the folder must hand on for a bound to be the kernel's.
CONTROLLERS = ("memory", "pids")
_MICROSECONDS = 1_000_000
_MB = 1 << 20
# What was killed may take a moment to be gone; a group that takes longer is left for the next.
_TRIES, _PAUSE_SECONDS = 20, 0.05


class Cgroup:
    """That of one command."""

    def __init__(self, pid: int, bounds: Bounds) -> None:
        """Puts the process `pid` into it. Raises OSError where the kernel does not let us."""
        _open(bounds.cgroup)
        self._bounds = bounds
        self._path = Path(bounds.cgroup, f"command-{os.getpid()}-{pid}")
        self._path.mkdir()
        try:
            for name, value in _limits(bounds):
                if (self._path / name).exists():  # or its controller was not handed on
                    (self._path / name).write_text(value)
            (self._path / "cgroup.procs").write_text(str(pid))
        except OSError:
            self._path.rmdir()
            raise

    def excess(self) -> str | None:
        """Which bound it broke."""
        bounds = self._bounds
        if _number(self._path / "memory.events", "oom_kill"):
            return f"used more than {bounds.memory_mb} MB of memory"
        if _number(self._path / "pids.events", "max"):
            return f"ran more than {bounds.processes} processes at once"
        used = _number(self._path / "cpu.stat", "usage_usec")
        if 0 < bounds.cpu_seconds * _MICROSECONDS < used:
            return f"used more than {bounds.cpu_seconds} s of CPU time"
        return None

    def end(self) -> bool:
        """End all that is in it, and it; False where that takes a moment more."""
        return _end(self._path)


def lacking(folder: str) -> list[str]:
    """The controllers that the folder does not hand on to the groups in it."""
    _open(folder)
    handed_on = _text(Path(folder, "cgroup.subtree_control")).split()
    return [name for name in CONTROLLERS if name not in handed_on]


@cache
def _open(folder: str) -> None:
    """Once for each process: hand on what we need, and end what dead workers left."""
    for name in CONTROLLERS:
        with suppress(OSError):  # it is not there; Settings say so
            Path(folder, "cgroup.subtree_control").write_text(f"+{name}")
    found = Path(folder).glob("command-*-*")
    left = [path for path in found if not Path("/proc", path.name.split("-")[1]).exists()]
    for _ in range(_TRIES):
        left = [path for path in left if not _end(path)]
        if left:
            time.sleep(_PAUSE_SECONDS)


def _limits(bounds: Bounds) -> Iterator[tuple[str, str]]:
    if bounds.memory_mb:
        yield "memory.max", str(bounds.memory_mb * _MB)
        yield "memory.swap.max", "0"
        yield "memory.oom.group", "1"  # all of it, as half a pipeline is worth nothing
    if bounds.processes:
        yield "pids.max", str(bounds.processes)


def _end(path: Path) -> bool:
    try:
        (path / "cgroup.kill").write_text("1")
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # what was killed is not gone yet
        return False
    return True


def _number(path: Path, name: str) -> int:
    """What stands behind a name in one of the kernel's tables; 0 where there is none."""
    pairs = (line.split() for line in _text(path).splitlines())
    return next((int(pair[1]) for pair in pairs if pair[0] == name), 0)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
