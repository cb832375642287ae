"""A value that costs something to read, and may be a little old."""

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy.exc import TimeoutError as DatabaseTimeout

Value = TypeVar("Value")

# A value so many times as old as it should be is no answer any more.
MUCH_OLDER = 3
# How long anybody waits for another one's reading; all that /health asks takes less.
PATIENCE_SECONDS = 8


class Recent(Generic[Value]):
    """What `read` gave, not much older than `seconds`.

    Once it is older, one caller reads it anew, and meanwhile the others get the last one: a read
    that hangs holds up one of them. Where nobody asked for long, or ever, all wait for it, but not
    for ever: each page that is open would keep one thread of the server, until none is left.
    """

    def __init__(self, seconds: float, read: Callable[[], Value]) -> None:
        self._seconds = seconds
        self._read = read
        self._lock = threading.Lock()
        self._last: tuple[float, Value] | None = None

    def get(self) -> Value:
        """Raises what `read` raises, and DatabaseTimeout where another one's reading hangs."""
        last = self._last
        age = time.monotonic() - last[0] if last else math.inf
        if last and age <= self._seconds:
            return last[1]
        if last and age <= MUCH_OLDER * self._seconds and self._lock.locked():
            return last[1]
        return self._waited_for()

    def _waited_for(self) -> Value:
        began = time.monotonic()
        if not self._lock.acquire(timeout=PATIENCE_SECONDS):
            raise DatabaseTimeout(f"no answer within {PATIENCE_SECONDS} s")
        try:
            if self._last and self._last[0] >= began:  # another one read it meanwhile
                return self._last[1]
            self._last = (time.monotonic(), self._read())
            return self._last[1]
        finally:
            self._lock.release()
