"""What every process of the service does at its start."""

import ctypes
import os
import signal
import sys
import threading

from webapp.config import Settings

PR_SET_PDEATHSIG = 1


def die_with_parent(settings: Settings) -> None:
    """Under the process manager: ask the kernel for SIGTERM when it goes, even by kill -9.

    The wish survives an exec. Elsewhere than on Linux the process manager has to be stopped
    in order.
    """
    if sys.platform != "linux" or settings.supervisor_pid is None:
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != settings.supervisor_pid:  # it went before it was asked
        os.kill(os.getpid(), signal.SIGTERM)


def stop_event() -> threading.Event:
    """Set by the first SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
