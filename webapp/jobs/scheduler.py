import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from webapp.config import Settings
from webapp.jobs.doorbell import Doorbell, QueueDown
from webapp.jobs.life import Life
from webapp.metrics import SLOTS_SKIPPED
from webapp.models import Claim, LeaseLost, Monitor, Notification, Run
from webapp.pipeline.run import close_lost

log = logging.getLogger(__name__)

BATCH = 200
RECONCILE_EVERY = timedelta(seconds=10)
# A worker that was called for a Run may take this long to come before another is called.
PATIENCE = timedelta(seconds=30)
LOST_TIMEOUT = timedelta(seconds=60)


class Scheduler:
    """Starts what is due, and rings again for what was lost. Two of them are harmless."""

    def __init__(self, settings: Settings, doorbell: Doorbell) -> None:
        self._settings = settings
        self._doorbell = doorbell
        self._reconciled_at: datetime | None = None
        self._life = Life("scheduler", settings)

    def tick(self, now: datetime) -> None:
        """Start every Run that is due at `now`; every ten seconds, reconcile."""
        while self._start_due(now) == BATCH:
            pass
        if self._reconciled_at is None or abs(now - self._reconciled_at) >= RECONCILE_EVERY:
            self._reconciled_at = now
            self._reconcile(now)

    def stop(self) -> None:
        self._life.end()

    def _start_due(self, now: datetime) -> int:
        """Start the Runs of one batch of due Monitors; how many there were."""
        taken = Monitor.take_due_slots(now, BATCH)
        SLOTS_SKIPPED.inc(taken.skipped)
        self._ring(taken.run_ids, now)
        return taken.due

    def _reconcile(self, now: datetime) -> None:
        self._life.show(now)
        for claim in Claim.take_lost(now, LOST_TIMEOUT, BATCH):
            self._close(claim)
        self._ring(Run.unheard(now, PATIENCE, BATCH), now)
        waiting = Notification.unheard(now, PATIENCE, BATCH)
        if waiting and self._reach(self._doorbell.ring_for_notifications, waiting):
            Notification.rung(waiting, now)

    def _close(self, claim: Claim) -> None:
        try:
            close_lost(claim, self._settings)
        except LeaseLost:
            return  # its Monitor was deleted
        log.warning("run %d is closed as lost", claim.run_id)

    def _ring(self, run_ids: list[int], now: datetime) -> None:
        """Call workers for these Runs."""
        if run_ids and self._reach(self._doorbell.ring_for_runs, run_ids):
            Run.rung(run_ids, now)

    def _reach(self, ring: Callable[[list[int]], None], ids: list[int]) -> bool:
        """Ring, if the queue is up; if not, what is in the database is rung for later."""
        try:
            ring(ids)
        except QueueDown as error:
            log.warning("%d wait: %s", len(ids), error)
            self._reconciled_at = None  # look again at the next tick
            return False
        return True
