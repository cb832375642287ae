import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from webapp.clock import iso, utc_now
from webapp.config import Settings
from webapp.extensions import database_trouble
from webapp.jobs.doorbell import Doorbell, QueueDown
from webapp.jobs.life import Life
from webapp.metrics import SLOTS_SKIPPED
from webapp.models import Claim, LeaseLost, Notification, Run, slots
from webapp.pipeline.run import close_lost
from webapp.trouble import Trouble

log = structlog.stdlib.get_logger(__name__)

# A Run starts late by half of it on average; a tick with nothing due costs about a millisecond.
TICK_SECONDS = 0.25
BATCH = 200
RECONCILE_EVERY = timedelta(seconds=10)
# How soon what did not answer is tried again.
RETRY = timedelta(seconds=1)
# A worker that was called for a Run may take this long to come before another is called.
PATIENCE = timedelta(seconds=30)
# A queue that is this long needs workers, and no second job for what it has already.
MOST_JOBS = 10_000
LOST_TIMEOUT = timedelta(seconds=60)
# A clock that went so much further than time did, or back, was set (or the whole machine slept).
# Leases of 45 s that are beaten every 10 outlast the rest.
MOST_AHEAD = timedelta(seconds=20)
MOST_BACK = timedelta(seconds=-1)
# Two ticks that are further apart tell that this process was stopped, or held up.
LONGEST_TICK = timedelta(seconds=20)
STALLED = "This process was stopped, or waited for the database; what came due starts now."
# At its start the queue takes a moment.
QUEUE_PATIENCE_SECONDS = 5
# By then every worker that lives has beaten by the clock as it is now.
TRUST_AFTER = timedelta(seconds=15)


class Scheduler:
    """Starts what is due, and rings again for what was lost. Two of them are harmless."""

    def __init__(self, settings: Settings, doorbell: Doorbell) -> None:
        self._settings = settings
        self._doorbell = doorbell
        self._ticked: tuple[datetime, float] | None = None
        self._reconcile_at: datetime | None = None
        self._trust_leases_from: datetime | None = None
        self._replan = True
        self._no_queue = Trouble("queue", QUEUE_PATIENCE_SECONDS)
        self._life = Life("scheduler", settings)

    def serve(self, stop: threading.Event) -> None:
        """Tick until `stop`, and through any outage of the database."""
        wait = TICK_SECONDS
        while not stop.wait(wait):
            asked_at = time.monotonic()
            try:
                self.tick(utc_now())
                database_trouble.is_over()
                wait = TICK_SECONDS
            except SQLAlchemyError as error:
                database_trouble.goes_on(error.__cause__ or error, asked_at)
                wait = RETRY.total_seconds()
        self.stop()

    def tick(self, now: datetime) -> None:
        """Start every Run that is due at `now`; every ten seconds, show life and reconcile."""
        self._mind_the_clock(now)
        reconcile = self._reconcile_at is None or now >= self._reconcile_at
        if self._replan:  # a batch a tick, so that what is due does not wait for all
            self._replan = slots.replan(now, BATCH) == BATCH
        while self._start_due(now) == BATCH:
            pass
        if reconcile:  # after what is due, which it may hold up
            self._life.show(now)
            self._reconcile_at = now + RECONCILE_EVERY
            self._reconcile(now)

    def stop(self) -> None:
        """It ends in order; where the database is away, that is not known for half a minute."""
        with suppress(SQLAlchemyError):
            self._life.end()

    def _mind_the_clock(self, now: datetime) -> None:
        """Where it was set, Monitors may be planned far ahead, and leases look over or endless.

        After a stall they look over too, where the workers were stopped with this process.
        """
        ticked, self._ticked = self._ticked, (now, time.monotonic())
        if ticked is None or not _out_of_step(ticked, self._ticked):
            return
        self._replan = True
        self._reconcile_at = None
        self._trust_leases_from = now + TRUST_AFTER

    def _start_due(self, now: datetime) -> int:
        """Start the Runs of one batch of due Monitors; how many there were."""
        taken = slots.take_due(now, BATCH)
        if taken.due:
            log.debug("slots taken", started=len(taken.run_ids), skipped=taken.skipped)
        SLOTS_SKIPPED.inc(taken.skipped)
        self._ring(taken.run_ids, now)
        return taken.due

    def _reconcile(self, now: datetime) -> None:
        with suppress(QueueDown):  # whoever rings says so
            self._doorbell.tidy()
        ring = self._has_room()
        waiting = Notification.unheard(now, PATIENCE, BATCH) if ring else []
        if waiting and self._reach(self._doorbell.ring_for_notifications, waiting, now):
            Notification.rung(waiting, now)
            log.info("notifications rung for again", number=len(waiting))
        if self._trust_leases_from and now < self._trust_leases_from:
            return
        for claim in Claim.take_lost(now, LOST_TIMEOUT, BATCH):
            self._close(claim)
        if ring:
            self._ring_again(Run.unheard(now, PATIENCE, BATCH), now)

    def _ring_again(self, run_ids: list[int], now: datetime) -> None:
        if not self._ring(run_ids, now):
            return
        log.info("runs rung for again", number=len(run_ids), first=run_ids[0])
        if len(run_ids) == BATCH:
            self._reconcile_at = now  # as after an outage of the queue: the next batch is soon

    def _reconcile_by(self, moment: datetime) -> None:
        """Not later: else a queue that is away for every tick would put it off for ever."""
        self._reconcile_at = min(self._reconcile_at or moment, moment)

    def _has_room(self) -> bool:
        """Whether ringing again can help: while nobody answers at all it would fill the queue."""
        try:
            return self._doorbell.waiting() < MOST_JOBS
        except QueueDown:
            return True  # whoever rings says so

    def _close(self, claim: Claim) -> None:
        with suppress(LeaseLost), bound_contextvars(**claim.names):  # its Monitor may be deleted
            close_lost(claim, self._settings)

    def _ring(self, run_ids: list[int], now: datetime) -> bool:
        """Call workers for these Runs; whether any were called."""
        if not run_ids or not self._reach(self._doorbell.ring_for_runs, run_ids, now):
            return False
        Run.rung(run_ids, now)
        return True

    def _reach(self, ring: Callable[[list[int]], None], ids: list[int], now: datetime) -> bool:
        """Ring, if the queue is up; if not, what is in the database is rung for later."""
        asked_at = time.monotonic()
        try:
            ring(ids)
        except QueueDown as error:
            self._no_queue.goes_on(f"{len(ids)} wait: {error}", asked_at)
            self._reconcile_by(now + RETRY)
            return False
        self._no_queue.is_over()
        return True


def _out_of_step(before: tuple[datetime, float], after: tuple[datetime, float]) -> bool:
    """Whether the clock was set between two ticks, or the second came late; the log is told."""
    elapsed = timedelta(seconds=after[1] - before[1])
    set_by = after[0] - before[0] - elapsed
    if not MOST_BACK <= set_by <= MOST_AHEAD:
        seconds = round(set_by.total_seconds())
        log.warning("clock set", before=iso(before[0]), now=iso(after[0]), seconds=seconds)
        return True
    if elapsed > LONGEST_TICK:
        log.warning("stalled", seconds=round(elapsed.total_seconds()), reason=STALLED)
        return True
    return False
