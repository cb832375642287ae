"""The same thing done by many at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask

Result = TypeVar("Result")


def together(app: Flask, action: Callable[[], Result], times: int) -> list[Result]:
    """What each of `times` threads got, which began at once, each with a session of its own."""
    barrier = threading.Barrier(times)

    def act(_number: int) -> Result:
        with app.app_context():
            barrier.wait(timeout=30)
            return action()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(act, range(times)))
