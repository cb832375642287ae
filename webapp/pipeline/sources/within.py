"""A time-out for what has none of its own."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class OutOfTimeError(Exception):
    pass


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work()` returns. Raises OutOfTimeError after `seconds`, and lets it go on unheard.

    It runs in a daemon thread: a thread that hangs in a system call cannot be ended, and neither
    the Run nor the end of the process may wait for it.
    """
    results: list[T] = []
    done = threading.Event()

    def carry_out() -> None:
        try:
            results.append(work())
        finally:
            done.set()

    threading.Thread(target=carry_out, name="within", daemon=True).start()
    if not done.wait(seconds):
        raise OutOfTimeError
    if not results:
        raise RuntimeError("the work ended without a result; its thread has printed why")
    return results[0]
