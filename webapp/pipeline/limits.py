"""What the kernel itself holds a command to, beside the bounds that the warden looks at."""

import os
import resource
import signal
import sys
from collections.abc import Iterator

from webapp.pipeline.values import Bounds

_MB = 1 << 20
# The warden counts all processes of a command; one by itself is ended here where that comes late.
_LATER_SECONDS = 2
_TOO_LARGE = 128 + signal.SIGXFSZ


def limit(pid: int, bounds: Bounds) -> None:
    """Set before the command begins; all that it begins inherits it, and only root can raise it.

    Raises OSError where it is gone. Elsewhere than on Linux only its priority is set.
    """
    os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, 0) + bounds.niceness)
    if sys.platform == "linux":
        for name, most in _limits(bounds):
            _, hardest = resource.prlimit(pid, name)
            # None may be raised, not even by root where its capabilities were taken away.
            allowed = most if hardest == resource.RLIM_INFINITY else min(most, hardest)
            resource.prlimit(pid, name, (allowed, allowed))


def broken(exit_code: int, bounds: Bounds) -> str | None:
    """Which of these limits ended a command; a shell tells the signal of its last one so."""
    if exit_code == _TOO_LARGE and bounds.file_mb:
        return f"wrote a file of more than {bounds.file_mb} MB"
    return None


def _limits(bounds: Bounds) -> Iterator[tuple[int, int]]:
    yield resource.RLIMIT_CORE, 0  # it would hold whatever the command had in memory
    if bounds.cpu_seconds:
        yield resource.RLIMIT_CPU, bounds.cpu_seconds + _LATER_SECONDS
    if bounds.file_mb:
        yield resource.RLIMIT_FSIZE, bounds.file_mb * _MB
