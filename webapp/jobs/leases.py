import os
import threading
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
        """Stop beating, and queue again whatever is still worked on."""
        self._closed.set()
        self._thread.join()
        with self._app.app_context():
            for claim in list(self._held):
                self._hand_back(claim)

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
            log.warning("leases not kept up", reason=str(error.__cause__ or error))
        return BEAT_SECONDS

    def _hand_back(self, claim: Claim) -> None:
        try:
            claim.hand_back(utc_now())
        except LeaseLost:
            return  # it ended, or another worker has it
        log.info("run handed back", run_id=claim.run_id, monitor_id=claim.monitor_id)
