"""What the kernel tells of the processes of this machine."""

import os
import re
from dataclasses import dataclass

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_HELD = re.compile(rb"^(?:Pss_Anon|Pss_Shmem|SwapPss): +(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Process:
    """`started` counts in ticks since the machine's start; `resident` in bytes.

    `cpu_seconds`: what it used, with the children that it has waited for.
    """

    pid: int
    zombie: bool
    parent: int
    group: int
    session: int
    started: int
    resident: int
    cpu_seconds: float = 0


def processes() -> dict[int, Process]:
    """Every process that is seen from here, by its number; none elsewhere than on Linux."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - a Path for each costs more than to read it
    except FileNotFoundError:
        return {}
    found = (_process(int(name)) for name in names if name.isdecimal())
    return {one.pid: one for one in found if one}


def _process(pid: int) -> Process | None:
    data = _read(f"/proc/{pid}/stat")
    # The name, in parentheses, may hold anything; the numbers of proc(5) are 3 more than these.
    fields = data[data.rfind(b")") + 2 :].split()
    if not fields:
        return None
    return Process(
        pid=pid,
        zombie=fields[0] in b"ZX",
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        started=int(fields[19]),
        resident=int(fields[21]) * _PAGE_BYTES,
        cpu_seconds=sum(map(int, fields[11:15])) / _TICKS,
    )


def held_bytes(process: Process) -> int:
    """The memory that only its end gives back, what it shares with others in parts.

    Neither program text nor mapped files, which the kernel may drop at any time. Where another
    user's process does not tell, all that is resident.
    """
    held = _HELD.findall(_read(f"/proc/{process.pid}/smaps_rollup"))
    return 1024 * sum(map(int, held)) if held else process.resident


def oom_score_adj(pid: int) -> int:
    """How much sooner than others the kernel ends it where memory runs out; 0 if it is gone."""
    return int(_read(f"/proc/{pid}/oom_score_adj") or 0)


def end_sooner(pid: int, score: int) -> None:
    """Raises OSError where that is not allowed, or it is gone."""
    fd = os.open(f"/proc/{pid}/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, str(score).encode())
    finally:
        os.close(fd)


def _read(path: str) -> bytes:
    """Nothing where the process is gone, or is another user's."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, 8192)
    except OSError:  # it ended meanwhile
        return b""
    finally:
        os.close(fd)
