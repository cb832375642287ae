from datetime import datetime
from pathlib import Path

import psutil
import pytest
from flask import Flask
from rq import Queue
from rq.job import Callback
from rq.serializers import JSONSerializer
from sqlalchemy import select, update

from tests.conftest import BOTH_DATABASES
from tests.jobs.conftest import (
    monitor_that_runs,
    run_is,
    threads_that_carry_runs,
    waits_for,
    worker_process,
    working,
)
from tests.rows import NOW, new_monitor
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Doorbell, Scheduler, start, worker
from webapp.jobs.doorbell import QUEUE
from webapp.models import Heartbeat, Run
from webapp.models.heartbeat import ALIVE

pytestmark = pytest.mark.usefixtures("valkey")


def let_the_lease_end(run_id: int) -> None:
    with writing():
        db.session.execute(update(Run).where(Run.id == run_id).values(lease_until=NOW))


def shown_since(moment: datetime) -> bool:
    db.session.rollback()
    return bool(Heartbeat.alive("worker", moment + ALIVE))


@BOTH_DATABASES
def test_a_run_that_is_started_is_carried_out(app: Flask, doorbell: Doorbell) -> None:
    monitor = new_monitor()

    with working(app):
        run_id = start(monitor.id, "manual", doorbell)
        until(lambda: run_is(run_id, "ok"))

    run = db.session.get_one(Run, run_id)
    assert (run.attempt, run.logs_text) == (1, "[LOGS]\nall is well")
    assert doorbell.redis.keys("rq:queue:*") == []
    assert doorbell.redis.keys("rq:job:*") == []


def test_a_run_that_is_rung_for_many_times_is_carried_out_once(
    app: Flask, doorbell: Doorbell, tmp_path: Path
) -> None:
    monitor = monitor_that_runs(f"echo run >> {tmp_path}/runs")
    run_id = start(monitor.id, "manual", doorbell)
    for _ in range(5):
        doorbell.redis.lpush(doorbell.queue.key, f"run-{run_id}")

    with working(app), working(app):
        for _ in range(5):
            doorbell.ring_for_runs([run_id])
        until(lambda: run_is(run_id, "ok"))
        until(lambda: doorbell.waiting() == 0)

    assert (tmp_path / "runs").read_text() == "run\n"
    assert db.session.get_one(Run, run_id).attempt == 1


def test_a_worker_outlives_jobs_that_are_none_of_ours_and_does_not_do_them(
    app: Flask, doorbell: Doorbell, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    harm = f"touch {tmp_path}/harm"
    forged = Queue(QUEUE, connection=doorbell.redis, serializer=JSONSerializer)
    callback = Callback("os.abort")
    first = forged.enqueue_call("os.system", args=(harm,)).id
    forged.enqueue_call("os.abort", on_failure=callback, on_success=callback)
    forged.enqueue_call("execute_run", args=(2**31 - 1,), on_failure=callback)
    forged.enqueue_call("execute_run", args=(1,), kwargs={"settings": None})
    forged.enqueue_call("execute_run", args=("x",))
    Queue(QUEUE, connection=doorbell.redis).enqueue_call("os.system", args=(harm,))
    doorbell.redis.rpush(doorbell.queue.key, b"\xff\xfe", b"a:b", b"")
    monitor = new_monitor()

    with working(app):
        run_id = start(monitor.id, "manual", doorbell)
        until(lambda: run_is(run_id, "ok"))

    assert not (tmp_path / "harm").exists()
    refused = [r.msg["reason"] for r in caplog.records if r.levelname == "ERROR"]
    assert f"job {first.encode()!r} asks for 'os.system'" in refused
    assert len(refused) == 5
    assert doorbell.redis.keys("rq:queue:*") == []
    assert doorbell.redis.keys("rq:job:*") == []


def test_nobody_who_writes_to_the_queue_can_steer_a_worker(app: Flask, doorbell: Doorbell) -> None:
    monitor = new_monitor()

    with working(app):
        until(lambda: doorbell.redis.smembers("rq:workers"))
        (key,) = doorbell.redis.smembers("rq:workers")
        name = key.decode().removeprefix("rq:worker:")
        heard = doorbell.redis.publish(f"rq:pubsub:{name}", '{"command": "shutdown"}')
        run_id = start(monitor.id, "manual", doorbell)
        until(lambda: run_is(run_id, "ok"))

    assert heard == 0


def test_a_worker_carries_many_runs_at_once(app: Flask, doorbell: Doorbell, tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(10)]
    for folder in folders:
        folder.mkdir()
    monitors = [monitor_that_runs(waits_for(folder)) for folder in folders]

    with working(app):
        run_ids = [start(monitor.id, "manual", doorbell) for monitor in monitors]
        until(lambda: all((folder / "started").exists() for folder in folders))
        for folder in folders:
            (folder / "go").touch()
        until(lambda: all(run_is(run_id, "ok") for run_id in run_ids))


def test_a_worker_shows_that_it_lives_until_it_stops(app: Flask) -> None:
    def alive() -> int:
        db.session.rollback()
        return len(Heartbeat.alive("worker", utc_now()))

    with working(app):
        until(alive)
        at_work = alive()

    assert (at_work, alive()) == (1, 0)


def test_a_worker_that_shows_its_life_again_and_again_goes_on_carrying_runs(
    app: Flask, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SHOW_SECONDS", 0)  # at every turn of its loop
    monkeypatch.setattr(worker, "WAIT_SECONDS", 1)

    with working(app):
        for _ in range(3):
            run_id = start(new_monitor().id, "manual", doorbell)
            until(lambda run_id=run_id: run_is(run_id, "ok"))
        doorbell.redis.flushall()
        until(lambda: doorbell.redis.scard("rq:workers") == 1)
        run_id = start(new_monitor().id, "manual", doorbell)
        until(lambda: run_is(run_id, "ok"))

    assert doorbell.redis.scard("rq:workers") == 0


def test_a_worker_whose_every_thread_is_busy_still_shows_that_it_lives(
    app: Flask, doorbell: Doorbell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SHOW_SECONDS", 0)  # at every turn of its loop
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"worker_threads": 1})
    run_id = start(monitor_that_runs(waits_for(tmp_path)).id, "manual", doorbell)

    with working(app):
        until((tmp_path / "started").exists)
        busy_since = utc_now()
        until(lambda: shown_since(busy_since))
        (tmp_path / "go").touch()
        until(lambda: run_is(run_id, "ok"))


def test_a_run_that_its_worker_cannot_carry_out_is_tried_twice_and_closed_with_the_reason(
    app: Flask, doorbell: Doorbell, scheduler: Scheduler
) -> None:
    monitor = new_monitor()
    with writing():
        monitor.window_config = {}  # as no version of ours would write it

    with working(app):
        run_id = start(monitor.id, "manual", doorbell)
        until(lambda: db.session.scalar(select(Run.error_message)) or db.session.rollback())
        scheduler.tick(utc_now())
        until(lambda: db.session.scalar(select(Run.attempt)) == 2 or db.session.rollback())
        until(lambda: db.session.scalar(select(Run.rung_at)) is None or db.session.rollback())
    with writing():
        monitor.window_config = {"max_lines": 10, "max_chars": 1000}
    Scheduler(app.extensions["settings"], doorbell).tick(utc_now())

    run = db.session.get_one(Run, run_id)
    assert (run.status, run.error_kind) == ("error", "lost")
    assert run.error_message == (
        "Two workers began this Run and neither finished it, so nothing was judged. "
        "The worker failed: KeyError."
    )


def test_a_worker_that_stops_finishes_what_is_under_way(
    app: Flask, settings: Settings, doorbell: Doorbell, tmp_path: Path
) -> None:
    monitor = monitor_that_runs(waits_for(tmp_path))
    run_id = start(monitor.id, "manual", doorbell)

    with worker_process(settings) as process:
        until((tmp_path / "started").exists)
        process.terminate()
        (tmp_path / "go").touch()
        status = process.wait(timeout=30)

    assert status == 0
    assert run_is(run_id, "ok")
    assert db.session.get_one(Run, run_id).attempt == 1
    assert Heartbeat.alive("worker", utc_now()) == []


def test_a_worker_that_stops_hands_back_what_takes_too_long(
    app: Flask, doorbell: Doorbell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.2)  # nobody waits 40 s for a test
    monitor = monitor_that_runs(waits_for(tmp_path))
    run_id = start(monitor.id, "manual", doorbell)

    with working(app) as stop:
        until((tmp_path / "started").exists)
        stop.set()
        until(lambda: run_is(run_id, "queued"))
    (tmp_path / "go").touch()
    until(lambda: not threads_that_carry_runs())

    db.session.rollback()
    run = db.session.get_one(Run, run_id)
    assert (run.status, run.attempt, run.token, run.logs_text) == ("queued", 0, None, None)


def test_a_worker_makes_room_for_a_new_one_once_its_jobs_are_done_however_long_they_take(
    app: Flask, doorbell: Doorbell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "STOP_SECONDS", 0)
    monkeypatch.setattr(worker, "SHOW_SECONDS", 0)
    app.extensions["settings"] = app.extensions["settings"].model_copy(
        update={"worker_max_jobs": 1}
    )
    first = start(monitor_that_runs(waits_for(tmp_path)).id, "manual", doorbell)
    second = start(new_monitor().id, "manual", doorbell)

    with working(app):
        until((tmp_path / "started").exists)
        full_since = utc_now()
        until(lambda: shown_since(full_since))
        (tmp_path / "go").touch()
        until(lambda: run_is(first, "ok"))
        until(lambda: not threads_that_carry_runs())
        untaken = doorbell.waiting()
    with working(app):
        until(lambda: run_is(second, "ok"))

    assert untaken == 1
    db.session.rollback()
    assert db.session.get_one(Run, first).attempt == 1
    assert Heartbeat.alive("worker", utc_now()) == []


def test_a_run_whose_worker_was_killed_is_taken_again_and_its_command_is_gone(
    app: Flask, settings: Settings, doorbell: Doorbell, scheduler: Scheduler, tmp_path: Path
) -> None:
    monitor = monitor_that_runs(waits_for(tmp_path))
    run_id = start(monitor.id, "manual", doorbell)

    with worker_process(settings) as process:
        until((tmp_path / "started").exists)
        command = int((tmp_path / "started").read_text())
        process.kill()
    until(lambda: not psutil.pid_exists(command))
    left_behind = run_is(run_id, "running")
    (tmp_path / "go").touch()
    let_the_lease_end(run_id)
    with working(app):
        Run.rung([run_id], NOW)  # a minute ago and more
        scheduler.tick(utc_now())
        until(lambda: run_is(run_id, "ok"))

    assert left_behind
    assert db.session.get_one(Run, run_id).attempt == 2


def test_a_monitor_deleted_under_its_run_ends_the_run_quietly(
    app: Flask, doorbell: Doorbell, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = monitor_that_runs(waits_for(tmp_path))

    with working(app):
        run_id = start(monitor.id, "manual", doorbell)
        until((tmp_path / "started").exists)
        monitor.delete()
        (tmp_path / "go").touch()

    assert [(r.levelname, r.msg) for r in caplog.records if r.levelname != "INFO"] == [
        (
            "WARNING",
            {
                "event": "run left to others",
                "reason": f"run {run_id} is held by another worker, or is gone",
            },
        )
    ]
    assert db.session.scalars(select(Run.id)).all() == []
