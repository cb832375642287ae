import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from webapp.clock import utc_now
from webapp.models import Claim, LeaseLost
from webapp.models.claim import beat

log = structlog.stdlib.get_logger(__name__)

BEAT_SECONDS = 10
# A stop may take a minute in all; a database that is away costs seconds for each Run.
HAND_BACK_SECONDS = 20


class Leases:
    """Keeps up the leases of all Runs that this process works on.

    One thread for all of them, which beats every ten seconds until `close`.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._held: set[Claim] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="leases", daemon=True)
        self._thread.start()

    @property
    def number(self) -> int:
        return len(self._held)

    @contextmanager
    def hold(self, claim: Claim) -> Iterator[None]:
        self._held.add(claim)
        try:
            yield
        finally:
            self._held.discard(claim)

    def close(self) -> None:
        """Stop beating, and queue again whatever is still worked on.

        What a database that does not answer leaves no time for is taken again 45 s later.
        """
        self._closed.set()
        self._thread.join()
        deadline = time.monotonic() + HAND_BACK_SECONDS
        left = list(self._held)
        with self._app.app_context():
            while left and time.monotonic() < deadline:
                self._hand_back(left.pop())
        if left:
            log.warning("runs not handed back", number=len(left), reason="there was no time left")

    def _beat_on(self) -> None:
        try:
            with self._app.app_context():
                while not self._closed.wait(self._beat()):
                    pass
        except Exception:
            # Without beats others would take the Runs of this process, which must not go on.
            log.exception("the leases cannot be kept up")
            os._exit(1)

    def _beat(self) -> int:
        """Beat once, if the database answers; the seconds until the next time."""
        try:
            beat(list(self._held), utc_now())
        except SQLAlchemyError as error:
            log.warning("leases not kept up", reason=_said(error))
        return BEAT_SECONDS

    def _hand_back(self, claim: Claim) -> None:
        try:
            claim.hand_back(utc_now())
            log.info("run handed back", **claim.names)
        except LeaseLost:
            return  # it ended, or another worker has it
        except SQLAlchemyError as error:  # its lease will end, and the others shall not wait too
            log.warning("run not handed back", reason=_said(error), **claim.names)


def _said(error: SQLAlchemyError) -> str:
    return str(error.__cause__ or error)
