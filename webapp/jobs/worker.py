import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import structlog
from flask import Flask
from redis.exceptions import RedisError
from rq.worker import BaseWorker
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import DATABASE_AWAY, database_trouble
from webapp.jobs.doorbell import (
    DELIVER,
    EXECUTE_RUN,
    SOCKET_SECONDS,
    Doorbell,
    Order,
    QueueDown,
    Refused,
)
from webapp.jobs.leases import Leases
from webapp.jobs.life import Life
from webapp.jobs.second_chances import SecondChances
from webapp.models import Claim, LeaseLost
from webapp.models.claim import MARGIN
from webapp.pipeline import warden
from webapp.pipeline.outbox import deliver
from webapp.pipeline.run import execute
from webapp.trouble import Trouble

log = structlog.stdlib.get_logger(__name__)

WAIT_SECONDS = 2
SHOW_SECONDS = 10
# At its start the queue takes a moment.
PATIENCE_SECONDS = 5
# A stop waits so long for what is under way; the rest is handed back.
STOP_SECONDS = 20


class Worker(BaseWorker):
    """An RQ worker that carries many Runs at once, a thread for each.

    A thread cannot be killed, so time-outs are each Run's own deadline and lease. RQ's books
    of executions are left out, as the database keeps them; so are its commands by pub/sub, as
    nobody who can write to Redis may steer a worker.
    """

    def __init__(self, app: Flask, settings: Settings, doorbell: Doorbell) -> None:
        # Not prepared by RQ, which would ask a queue that may not be up yet.
        super().__init__(
            [doorbell.queue], connection=doorbell.redis, worker_ttl=60, prepare_for_work=False
        )
        # RQ makes it 55 s, for which a queue that hangs would keep this from showing its life.
        doorbell.redis.connection_pool.connection_kwargs["socket_timeout"] = SOCKET_SECONDS
        self.hostname, self.pid = socket.gethostname(), os.getpid()
        self._app = app
        self._settings = settings
        self._doorbell = doorbell
        self._free = threading.Semaphore(settings.worker_threads)
        self._threads = ThreadPoolExecutor(settings.worker_threads, thread_name_prefix="run")
        self._leases = Leases(app)
        self._life = Life("worker", settings)
        self._shown_at = -float("inf")
        self._no_queue = Trouble("queue", PATIENCE_SECONDS)
        # Not to the same number, or all workers would begin anew at once.
        most = settings.worker_max_jobs
        self._jobs_left = most - secrets.randbelow(most // 4 + 1)
        self._timeout = timedelta(seconds=settings.run_timeout_seconds)
        self._second_chances = SecondChances(
            lambda run_id: self._try(Order(EXECUTE_RUN, run_id), self._execute_again)
        )
        self._does = {EXECUTE_RUN: self._execute_run, DELIVER: self._deliver}

    def serve(self, stop: threading.Event) -> None:
        """Take jobs until `stop`; then finish what is under way, or hand it back.

        It also ends after WORKER_MAX_JOBS, for a new process to begin where memory is whole:
        that one is the process manager's to start.
        """
        log.info("worker began", pid=self.pid, threads=self._settings.worker_threads)
        while not stop.is_set() and self._jobs_left > 0:
            self._turn(stop)
        self._finish(stop)

    def _turn(self, stop: threading.Event) -> None:
        """Show life, and hand the next job to a thread if one is free."""
        asked_at = time.monotonic()
        try:
            self._show_life()
            self._take_one()
            self._no_queue.is_over()
        except Refused as refusal:
            log.error("job refused", reason=str(refusal))
        except (QueueDown, RedisError) as error:
            self._no_queue.goes_on(error, asked_at)
            stop.wait(1)
        except SQLAlchemyError as error:
            database_trouble.goes_on(error.__cause__ or error, asked_at)
            stop.wait(1)

    def _take_one(self) -> None:
        if not self._free.acquire(timeout=1):
            return
        order = None
        try:
            order = self._doorbell.answer(WAIT_SECONDS)
        finally:
            if order is None:
                self._free.release()
        if order:
            self._jobs_left -= 1
            self._threads.submit(self._carry_out, order)

    def _show_life(self) -> None:
        """In the database, for /health, and in the queue, for `rq info`.

        The loop that takes jobs does it, so that nobody counts a worker that takes none.
        """
        if time.monotonic() - self._shown_at < SHOW_SECONDS:
            return
        with self._app.app_context():
            self._life.show(utc_now())
        database_trouble.is_over()
        # Whatever becomes of the queue: the next sign is due in ten seconds, and not at each turn.
        self._shown_at = time.monotonic()
        if self.connection.exists(self.key):
            self.heartbeat()
        else:  # the first time, or the queue was emptied
            self.register_birth()  # type: ignore[no-untyped-call]

    def _carry_out(self, order: Order) -> None:
        try:
            self._try(order, self._does[order.name])
        finally:
            self._free.release()

    def _try(self, order: Order, does: Callable[[int], None]) -> None:
        """What goes wrong ends here: the row says it, or its lease ends."""
        try:
            with self._app.app_context():
                does(order.id)
        except DATABASE_AWAY as error:  # no fault of ours, and many jobs meet it at once
            reason = str(error.__cause__ or error)
            log.warning("job broken off", job=order.name, id=order.id, reason=reason)
        except Exception:
            log.exception("job failed", job=order.name, id=order.id)

    def _execute_run(self, run_id: int) -> None:
        claim = Claim.take(run_id, utc_now(), self._timeout, most=1)
        if claim:
            self._execute(claim)
        else:  # if it is not done, or another worker's
            self._second_chances.give(run_id)

    def _execute_again(self, run_id: int) -> None:
        claim = Claim.take(run_id, utc_now(), self._timeout)
        if claim:
            self._execute(claim)

    def _execute(self, claim: Claim) -> None:
        with self._leases.hold(claim), bound_contextvars(**claim.names):
            try:
                execute(claim, self._settings)
            except LeaseLost as loss:
                log.warning("run left to others", reason=str(loss))
            except Exception as error:
                # It may have ended before the failure, and the database may be what failed.
                with suppress(LeaseLost, SQLAlchemyError):
                    claim.give_up(f"The worker failed: {type(error).__name__}.", utc_now())
                raise

    def _deliver(self, notification_id: int) -> None:
        deliver(notification_id, self._settings)

    def _finish(self, stop: threading.Event) -> None:
        """Wait for the threads, from a stop on not for long, and hand back what they still hold."""
        log.info("worker ends", pid=self.pid, runs_under_way=self._leases.number)
        self._second_chances.close()
        longest = (self._timeout + MARGIN).total_seconds()
        busy = self._wait_for(self._settings.worker_threads, longest, unless=stop)
        self._wait_for(busy, STOP_SECONDS)
        self._leases.close()
        warden.look()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._sign_off()

    def _wait_for(self, busy: int, seconds: float, unless: threading.Event | None = None) -> int:
        """How many of `busy` threads are not done yet."""
        deadline = time.monotonic() + seconds
        while busy and time.monotonic() < deadline and not (unless and unless.is_set()):
            with suppress(RedisError, SQLAlchemyError):
                self._show_life()
            busy -= self._free.acquire(timeout=0.2)
        return busy

    def _sign_off(self) -> None:
        try:
            with self._app.app_context():
                self._life.end()
            self.register_death()  # type: ignore[no-untyped-call]
        except (RedisError, SQLAlchemyError) as error:
            log.warning("worker not signed off", reason=str(error))
