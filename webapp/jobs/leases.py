import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.exc import OperationalError

from webapp.clock import utc_now
from webapp.models import Claim, Heartbeat, LeaseLost
from webapp.models.claim import beat

log = logging.getLogger(__name__)

BEAT_SECONDS = 10


class Leases:
    """Keeps up the leases of all Runs that this process works on, and its own sign of life.

    One thread for all of them, which beats every ten seconds until `close`.
    """

    def __init__(self, app: Flask, name: str) -> None:
        self._app = app
        self._name = name
        self._held: set[Claim] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="leases", daemon=True)
        self._thread.start()

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
            Heartbeat.stop("worker", self._name)

    def _beat_on(self) -> None:
        with self._app.app_context():
            while True:
                try:
                    now = utc_now()
                    Heartbeat.beat("worker", self._name, now)
                    beat(list(self._held), now)
                except OperationalError as error:
                    log.warning("the leases could not be kept up: %s", error.orig)
                if self._closed.wait(BEAT_SECONDS):
                    return

    def _hand_back(self, claim: Claim) -> None:
        try:
            claim.hand_back()
        except LeaseLost:
            return  # it ended, or another worker has it
        log.info("run %d is handed back", claim.run_id)
