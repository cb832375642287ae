"""A value that costs something to read, and may be a little old."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from flask import Flask

Value = TypeVar("Value")

# A value so many times as old as it should be is no answer any more.
MUCH_OLDER = 3


class Recent(Generic[Value]):
    """What `read` gave, not much older than `seconds`.

    Once it is older a thread reads it anew, and meanwhile all get the last one: a read that hangs
    holds nobody up. Where nobody asked for long, or ever, it is waited for.
    """

    def __init__(self, app: Flask, seconds: float, read: Callable[[], Value]) -> None:
        self._app = app
        self._seconds = seconds
        self._read = read
        self._lock = threading.Lock()
        self._last: tuple[float, Value] | None = None

    def get(self) -> Value:
        """Raises what `read` raises, where it is waited for."""
        last = self._last
        age = time.monotonic() - last[0] if last else None
        if last is None or age is None or age > MUCH_OLDER * self._seconds:
            return self._waited_for()
        if age > self._seconds and self._lock.acquire(blocking=False):
            threading.Thread(target=self._renew, daemon=True).start()
        return last[1]

    def _waited_for(self) -> Value:
        began = time.monotonic()
        with self._lock:
            if self._last and self._last[0] >= began:  # another one read it meanwhile
                return self._last[1]
            self._last = (time.monotonic(), self._read())
            return self._last[1]

    def _renew(self) -> None:
        """The lock is held for it."""
        try:
            with self._app.app_context():
                self._last = (time.monotonic(), self._read())
        finally:
            self._lock.release()
