"""Asking something that may never answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from flask import Flask

Answer = TypeVar("Answer")


class Probe(Generic[Answer]):
    """Asks one question at a time in a thread, and waits only so long for the answer.

    No library of ours can take back a call to a server that keeps its connection and says
    nothing. While one question hangs no other is asked, so that visitors pile up no threads.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._asked: Future[Answer] | None = None

    def ask(self, question: Callable[[], Answer], seconds: float) -> Answer:
        """The answer, or that to the same question of somebody else who asked just now.

        Raises TimeoutError, and whatever the question raises.
        """
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                asking = (self._asked, question)
                threading.Thread(target=self._answer, args=asking, daemon=True).start()
            asked = self._asked
        return asked.result(seconds)

    def _answer(self, asked: Future[Answer], question: Callable[[], Answer]) -> None:
        try:
            with self._app.app_context():
                answer = question()
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            asked.set_exception(error)
        else:
            asked.set_result(answer)
