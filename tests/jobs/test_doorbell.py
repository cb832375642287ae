import json
import signal
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rq import Queue
from rq.job import Callback, Job
from rq.serializers import JSONSerializer

from tests.valkey import valkey_server
from webapp.jobs import Doorbell, QueueDown
from webapp.jobs.doorbell import QUEUE, SOCKET_SECONDS, Order, Refused, order_in

# What a job's data may look like to one who reads it.
data = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(zlib.compress),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("execute_run"),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
    ).map(lambda value: zlib.compress(json.dumps(value).encode())),
    st.sampled_from([b"[" * 5000, b'["' + b"x" * 50_000_000]).map(zlib.compress),
)


@pytest.fixture
def doorbell(valkey: str) -> Iterator[Doorbell]:
    bell = Doorbell(valkey)
    yield bell
    bell.redis.close()


def answered(doorbell: Doorbell) -> Order | str | None:
    """What a worker makes of the next job: an order, why it is refused, or nothing."""
    try:
        return doorbell.answer(1)
    except Refused as refusal:
        return str(refusal)


def left(doorbell: Doorbell) -> list[bytes]:
    """Keys of the queue and its jobs that are still there; RQ's list of queues aside."""
    return [key for key in doorbell.redis.keys("rq:*") if key != b"rq:queues"]


def test_who_rings_is_answered_with_the_id_and_nothing_stays(doorbell: Doorbell) -> None:
    doorbell.ring_for_runs([7, 8])
    doorbell.ring_for_notifications([7])
    waiting = doorbell.waiting()

    orders = [answered(doorbell) for _ in range(3)]

    assert waiting == 3
    assert orders == [
        Order("execute_run", 7),
        Order("execute_run", 8),
        Order("deliver_notification", 7),
    ]
    assert (left(doorbell), doorbell.waiting()) == ([], 0)


def test_an_empty_queue_is_answered_with_nothing(doorbell: Doorbell) -> None:
    doorbell.ring_for_runs([])

    assert doorbell.answer(1) is None


def test_who_rings_twice_is_answered_once(doorbell: Doorbell) -> None:
    doorbell.ring_for_runs([7])
    doorbell.ring_for_runs([7])

    orders = [answered(doorbell), answered(doorbell)]

    assert orders == [Order("execute_run", 7), None]
    assert left(doorbell) == []


def enqueued(doorbell: Doorbell, func: str, *args: Any, **options: Any) -> str:
    """Put a job on the queue as anybody could who can write to it; its id."""
    queue = Queue(QUEUE, connection=doorbell.redis, serializer=JSONSerializer)
    return queue.enqueue_call(func, args=args, **options).id


@pytest.mark.parametrize(
    ("func", "args", "options", "reason"),
    [
        ("os.system", ("touch /tmp/harm",), {}, "asks for 'os.system'"),
        ("webapp.jobs.start.start", (1,), {}, "asks for 'webapp.jobs.start.start'"),
        ("execute_run", (1,), {"kwargs": {"settings": 1}}, "asks for 'execute_run'"),
        ("execute_run", (1, 2), {}, "cannot be read"),
        ("execute_run", (), {}, "cannot be read"),
        ("execute_run", ("1; rm -rf /",), {}, "carries no id"),
        ("execute_run", (True,), {}, "carries no id"),
        ("execute_run", (1.5,), {}, "carries no id"),
        ("execute_run", ([1],), {}, "carries no id"),
        ("execute_run", (2**63,), {}, "carries no id"),
        ("execute_run", (0,), {}, "carries no id"),
    ],
)
def test_a_job_that_is_none_of_ours_is_refused_and_gone(
    doorbell: Doorbell, func: str, args: tuple[Any, ...], options: dict[str, Any], reason: str
) -> None:
    job_id = enqueued(doorbell, func, *args, **options)

    assert answered(doorbell) == f"job {job_id.encode()!r} {reason}"
    assert left(doorbell) == []


def test_callbacks_that_a_job_names_are_never_looked_up(doorbell: Doorbell) -> None:
    harm = Callback("os.abort")
    enqueued(doorbell, "execute_run", 7, on_success=harm, on_failure=harm, on_stopped=harm)

    assert answered(doorbell) == Order("execute_run", 7)
    assert left(doorbell) == []


def test_a_pickled_job_is_not_unpickled(doorbell: Doorbell) -> None:
    job = Queue(QUEUE, connection=doorbell.redis).enqueue_call("os.abort")

    assert answered(doorbell) == f"job {job.id.encode()!r} cannot be read"
    assert left(doorbell) == []


@pytest.mark.parametrize("job_id", [b"\xff\xfe", b"a:b", b"", b"../../x y\n", b"x" * 10_000])
def test_what_is_no_name_of_a_job_is_refused_or_ignored_and_gone(
    doorbell: Doorbell, job_id: bytes
) -> None:
    doorbell.redis.lpush(doorbell.queue.key, job_id)
    doorbell.ring_for_runs([7])

    first, second = answered(doorbell), answered(doorbell)

    assert not isinstance(first, Order)
    assert second == Order("execute_run", 7)
    assert left(doorbell) == []


def test_a_job_that_is_no_hash_is_gone_too(doorbell: Doorbell) -> None:
    doorbell.redis.set(Job.key_for("strange"), "a string")
    doorbell.redis.lpush(doorbell.queue.key, "strange")

    with pytest.raises((QueueDown, Refused)):
        doorbell.answer(1)

    assert left(doorbell) == []


@settings(deadline=None)
@given(data=data)
def test_no_garbage_ends_the_one_who_answers(data: bytes) -> None:
    with pytest.raises(Refused):
        order_in(b"garbage", data)


def test_a_job_whose_other_fields_are_garbage_is_answered_all_the_same(
    doorbell: Doorbell,
) -> None:
    doorbell.ring_for_runs([7])
    garbage = {"created_at": b"\xff", "timeout": b"\x00", "meta": b"{", "dependency_ids": b"5"}
    doorbell.redis.hset(Job.key_for("run-7"), mapping=garbage)  # type: ignore[arg-type]

    assert answered(doorbell) == Order("execute_run", 7)
    assert left(doorbell) == []


def test_where_nobody_listens_the_queue_is_said_to_be_down(tmp_path: Any) -> None:
    doorbell = Doorbell(f"unix://{tmp_path}/nobody.sock")

    for ask in (
        lambda: doorbell.ring_for_runs([1]),
        lambda: doorbell.ring_for_notifications([1]),
        lambda: doorbell.answer(1),
        doorbell.waiting,
    ):
        with pytest.raises(QueueDown) as down:
            ask()
        assert str(down.value).startswith(
            f"The queue at {tmp_path}/nobody.sock does not answer: Error 2 connecting to"
        )


def test_the_place_of_a_queue_is_told_without_its_password() -> None:
    doorbell = Doorbell("redis://ops:a-password@queue.example.com:6380/0")

    assert doorbell.place == "queue.example.com:6380"


def test_what_killed_workers_left_is_forgotten_and_what_is_in_hand_is_not(
    doorbell: Doorbell,
) -> None:
    redis, queue = doorbell.redis, doorbell.queue
    doorbell.ring_for_runs([7, 8])
    redis.lmove(queue.key, queue.intermediate_queue_key)
    for registry in ("rq:workers", f"rq:workers:{QUEUE}"):
        redis.sadd(registry, "rq:worker:killed", "rq:worker:alive")
    redis.hset("rq:worker:alive", "birth", "now")

    doorbell.tidy()
    after_one = redis.lrange(queue.intermediate_queue_key, 0, -1)
    doorbell.tidy()
    after_two = redis.lrange(queue.intermediate_queue_key, 0, -1)

    assert (after_one, after_two) == ([b"run-7"], [])
    assert redis.smembers("rq:workers") == {b"rq:worker:alive"}
    assert redis.smembers(f"rq:workers:{QUEUE}") == {b"rq:worker:alive"}
    assert 0 < redis.ttl(Job.key_for("run-7")) <= 3600
    assert answered(doorbell) == Order("execute_run", 8)


def test_a_queue_that_hangs_holds_nobody_up_for_long(tmp_path: Path) -> None:
    with valkey_server(tmp_path / "valkey.sock") as server:
        doorbell = Doorbell(f"unix://{tmp_path}/valkey.sock")
        doorbell.waiting()
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(QueueDown) as down:
            doorbell.ring_for_runs([7])
        seconds = time.monotonic() - began
        server.send_signal(signal.SIGCONT)
        doorbell.waiting()
        doorbell.redis.close()

    assert str(down.value) == (
        f"The queue at {tmp_path}/valkey.sock does not answer: Timeout reading from socket."
    )
    assert seconds < 2 * SOCKET_SECONDS
