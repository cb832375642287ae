"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable

TOO_LONG = 30


def until(condition: Callable[[], object], seconds: float = TOO_LONG) -> None:
    """Return once it holds; fail where it does not come to hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.01)
