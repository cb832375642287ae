"""Ringing for a worker, and what a worker accepts when it rings."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DequeueTimeout, DeserializationError, NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import as_text

from webapp.config import Settings

QUEUE = "log-monitor"
# Names that jobs carry; a worker maps them to functions, and imports nothing by name.
EXECUTE_RUN = "execute_run"
DELIVER = "deliver_notification"
NAMES = (EXECUTE_RUN, DELIVER)
CONNECT_SECONDS = 2
# Longer than any wait for a job.
SOCKET_SECONDS = 10


class QueueDown(Exception):
    """Redis did not answer; the text says where it was sought and why that failed."""


class Refused(Exception):
    """A job that is none of ours."""


class Ring(Job):
    """A job that is only ever a name of ours and an id: nothing is imported by its name.

    RQ calls what a job's callbacks name, wherever it ends or cleans one; ours have none.
    """

    success_callback = failure_callback = stopped_callback = None

    def order(self) -> "Order":
        """What it asks for. Raises Refused for anything that we do not do."""
        try:
            name, args, kwargs = self.func_name, self.args, self.kwargs
        except DeserializationError as error:
            raise Refused(f"job {self.id!r} cannot be read") from error
        if name not in NAMES or self.instance or kwargs or len(args) != 1:
            raise Refused(f"job {self.id!r} asks for {name!r}")
        if type(args[0]) is not int:
            raise Refused(f"job {self.id!r} carries no id")
        return Order(name, args[0])


class Order(NamedTuple):
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
            retry=Retry(NoBackoff(), 1),
        )
        self.queue = Queue(QUEUE, connection=self.redis, job_class=Ring, serializer=JSONSerializer)

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
            popped = Queue.lmove(self.redis, self.queue.key, seconds)
            return self._order(as_text(popped[1]))
        except (DequeueTimeout, NoSuchJobError):
            return None
        except RedisError as error:
            raise self._down(error) from error

    def waiting(self) -> int:
        """How many jobs nobody has taken. Raises QueueDown."""
        try:
            return self.queue.count
        except RedisError as error:
            raise self._down(error) from error

    @property
    def place(self) -> str:
        """The address without its password."""
        known: dict[str, Any] = self.redis.connection_pool.connection_kwargs
        return str(known.get("path") or f"{known.get('host')}:{known.get('port')}")

    def _order(self, job_id: str) -> Order:
        try:
            ring = Ring.fetch(job_id, connection=self.redis, serializer=JSONSerializer)
            assert isinstance(ring, Ring), "fetch makes its own class"
            return ring.order()
        except (ValueError, TypeError, UnicodeDecodeError) as error:
            raise Refused(f"job {job_id!r} cannot be read") from error
        finally:
            with self.redis.pipeline() as pipeline:
                pipeline.lrem(self.queue.intermediate_queue_key, 1, job_id)
                pipeline.delete(Ring.key_for(job_id))
                pipeline.execute()

    def _down(self, error: RedisError) -> QueueDown:
        return QueueDown(f"The queue at {self.place} does not answer: {error}.")

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
