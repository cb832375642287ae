"""What every process of the service does at its start."""

import ctypes
import fcntl
import os
import signal
import sys
import threading
from pathlib import Path

import structlog

from webapp import logs
from webapp.config import Settings
from webapp.pipeline import warden

log = structlog.stdlib.get_logger(__name__)

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# Logs and the commands that gather them are in our files: nobody else reads those.
PRIVATE = 0o077
# In DATA_DIR; shared by all parts that a process manager of ours started.
PARTS_LOCK = "parts"
NOT_FOLLOWED = (
    "This process's oom_score_adj is 1000, or may not be written, so that none of a command's can "
    "be higher: what leaves a command by setsid may outlive it."
)


def begin(settings: Settings) -> None:
    """Keep our files to ourselves, and end with the process manager that started us.

    The kernel sends SIGTERM when it goes, even by kill -9, and the wish survives an exec.
    Elsewhere than on Linux the process manager has to be stopped in order.
    """
    os.umask(PRIVATE)
    if settings.supervisor_pid is None:
        logs.warn_of_misspelt()  # else it is said for all of them, where they were started
    else:
        _be_counted(settings.data_dir)
    if sys.platform != "linux" or settings.supervisor_pid is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != settings.supervisor_pid:  # it went before it was asked
        os.kill(os.getpid(), signal.SIGTERM)


def _be_counted(data_dir: Path) -> None:
    """Share a lock for life, so that the next start can wait until the last part has ended."""
    lock = os.open(data_dir / PARTS_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_SH)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent is gone, for the warden to find them.

    For processes that run commands; a fork has to ask anew. Where the warden could not tell them
    from other children nobody would ever wait for them, so that they stay the init process's.
    """
    if sys.platform != "linux":
        return
    if warden.can_mark():
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)
    else:
        log.warning("commands not followed", reason=NOT_FOLLOWED)


def stop_event() -> threading.Event:
    """Set by the first SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
