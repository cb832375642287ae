"""Ringing for a worker, and what a worker accepts when it rings."""

import json
import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

from redis import ConnectionError as NoConnection
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker_registration import clean_worker_registry

from webapp.config import Settings
from webapp.fields import MAX_ID

QUEUE = "log-monitor"
# Names that jobs carry; a worker maps them to functions, and imports nothing by name.
EXECUTE_RUN = "execute_run"
DELIVER = "deliver_notification"
NAMES = (EXECUTE_RUN, DELIVER)
CONNECT_SECONDS = 2
# Longer than any wait for a job.
SOCKET_SECONDS = 4
MAX_JOB_BYTES = 10_000
MAX_SHOWN = 200
DROPPED_KEPT_SECONDS = 3600


class QueueDown(Exception):
    """Redis did not answer; the text says where it was sought and why that failed."""


class Refused(Exception):
    """A job that is none of ours."""


class Order(NamedTuple):
    """All that a job may ask for: a name of ours, and an id."""

    name: str
    id: int


class Doorbell:
    """One queue on one Redis."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis = Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=SOCKET_SECONDS,
            health_check_interval=30,
            # A server that was started again is found at once. One that hangs is asked no second
            # time: whoever waits for a page would wait ten times as long.
            retry=Retry(NoBackoff(), 1, supported_errors=(NoConnection,)),
        )
        self.queue = Queue(QUEUE, connection=self.redis, serializer=JSONSerializer)
        self._in_hand: set[Any] = set()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.queue_url)

    def ring_for_runs(self, run_ids: Iterable[int]) -> None:
        """Call a worker for each Run. Raises QueueDown."""
        self._ring(EXECUTE_RUN, "run", run_ids)

    def ring_for_notifications(self, notification_ids: Iterable[int]) -> None:
        """Call a worker for each Notification. Raises QueueDown."""
        self._ring(DELIVER, "notification", notification_ids)

    def answer(self, seconds: int) -> Order | None:
        """Take the next job, waiting for one at most so long; None: there was none.

        It is gone from the queue at once: what it asked for stands in the database, and is
        rung for again if its worker dies. Raises QueueDown, and Refused.
        """
        try:
            _, job_id = Queue.lmove(self.redis, self.queue.key, seconds)
            data = self._taken_away(job_id)
        except DequeueTimeout:
            return None
        except RedisError as error:
            raise self._down(error) from error
        return order_in(job_id, data) if data else None

    def waiting(self) -> int:
        """How many jobs nobody has taken. Raises QueueDown."""
        try:
            return self.queue.count
        except RedisError as error:
            raise self._down(error) from error

    def tidy(self) -> None:
        """Forget what workers that were killed left: their names, and the jobs in their hands.

        To be called now and then: what is in a worker's hand at two calls is in nobody's, as it
        takes a job away at once. Raises QueueDown.
        """
        try:
            clean_worker_registry(self.queue)
            in_hand = set(self.redis.lrange(self.queue.intermediate_queue_key, 0, -1))
            dropped = in_hand & self._in_hand
            self._forget(dropped)
            self._in_hand = in_hand - dropped
        except RedisError as error:
            raise self._down(error) from error

    @property
    def place(self) -> str:
        """The address without its password."""
        known: dict[str, Any] = self.redis.connection_pool.connection_kwargs
        return str(known.get("path") or f"{known.get('host')}:{known.get('port')}")

    def _taken_away(self, job_id: bytes) -> bytes | None:
        """The data of a job that is gone then; None: it was answered before."""
        key = Job.redis_job_namespace_prefix.encode() + job_id
        try:
            return self.redis.hget(key, "data")  # type: ignore[return-value]
        finally:
            with self.redis.pipeline() as pipeline:
                pipeline.lrem(self.queue.intermediate_queue_key, 1, job_id)  # type: ignore[arg-type]
                pipeline.delete(key)
                pipeline.execute()

    def _forget(self, job_ids: set[Any]) -> None:
        with self.redis.pipeline() as pipeline:
            for job_id in job_ids:
                pipeline.lrem(self.queue.intermediate_queue_key, 0, job_id)
                # Not at once, as the same Run may have been called for again.
                pipeline.expire(
                    Job.redis_job_namespace_prefix.encode() + job_id, DROPPED_KEPT_SECONDS
                )
            pipeline.execute()

    def _down(self, error: RedisError) -> QueueDown:
        return QueueDown(f"The queue at {self.place} does not answer: {str(error).rstrip('.')}.")

    def _ring(self, name: str, noun: str, ids: Iterable[int]) -> None:
        orders = [
            Queue.prepare_data(
                name, args=[id_], timeout=-1, result_ttl=0, failure_ttl=60, job_id=f"{noun}-{id_}"
            )
            for id_ in ids
        ]
        if not orders:
            return
        try:
            self.queue.enqueue_many(orders)
        except RedisError as error:
            raise self._down(error) from error


def order_in(job_id: bytes, data: bytes) -> Order:
    """What a job asks for. Raises Refused for anything that we do not do.

    RQ itself would import what the job names, and call what its callbacks name.
    """
    try:
        name, instance, args, kwargs = json.loads(_inflated(data))
        (id_,) = args
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused(f"job {_shown(job_id)} cannot be read") from error
    if name not in NAMES or instance or kwargs:
        raise Refused(f"job {_shown(job_id)} asks for {_shown(name)}")
    if type(id_) is not int or not 0 < id_ <= MAX_ID:
        raise Refused(f"job {_shown(job_id)} carries no id")
    return Order(name, id_)


def _inflated(data: bytes) -> bytes:
    """Raises ValueError for what is not compressed, or is larger than any job of ours."""
    try:
        return zlib.decompressobj().decompress(data, MAX_JOB_BYTES)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _shown(value: object) -> str:
    """Short enough for a line of the log, on which it stays."""
    return repr(value)[:MAX_SHOWN]
