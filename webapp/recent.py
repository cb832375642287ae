"""A value that costs something to read, and may be a little old."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Read anew when it is older than `seconds`, by one thread; others take the last meanwhile."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._last: tuple[float, Value] | None = None

    def get(self, read: Callable[[], Value]) -> Value:
        """The last value, or a new one. Raises what `read` raises, and keeps nothing then."""
        last = self._last
        if last and time.monotonic() - last[0] < self._seconds:
            return last[1]
        if not self._lock.acquire(blocking=last is None):
            assert last, "the first value is waited for"
            return last[1]
        try:
            self._last = (time.monotonic(), read())
            return self._last[1]
        finally:
            self._lock.release()
