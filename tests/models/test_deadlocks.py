"""What many write at the same moment makes no two of them wait for each other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select, text

from tests.conftest import ON_POSTGRESQL
from tests.held import held_by_another
from tests.rows import NOW, finished_run, new_claim, new_monitor
from tests.together import together
from tests.waiting import until
from webapp.extensions import db, lock, writing
from webapp.models import Monitor, Run, slots
from webapp.models.claim import LEASE, beat


@ON_POSTGRESQL
def test_a_run_is_started_by_hand_while_a_scheduler_holds_its_monitor(app: Flask) -> None:
    monitor = new_monitor()
    monitor.run_next(NOW)

    with writing():
        assert slots._due_moves(NOW, 10)
        by_hand = elsewhere(app, lambda: Run.start(monitor.id, "manual", NOW))
        run_ids = Run.insert_all({monitor.id: NOW}, "schedule", NOW)

    assert (by_hand[1], run_ids) == (True, {})


@ON_POSTGRESQL
def test_a_run_is_started_while_its_monitor_is_edited(app: Flask) -> None:
    monitor = new_monitor()

    with writing():
        lock(monitor)
        started = elsewhere(app, lambda: Run.start(monitor.id, "manual", NOW))

    assert started[1]


@ON_POSTGRESQL
def test_a_monitor_is_deleted_while_its_run_ends_and_trims_the_history(app: Flask) -> None:
    monitor = new_monitor()
    for _ in range(3):
        finished_run(monitor)
    claim = new_claim(monitor)
    claim.record_verdict([], verdict="ok")

    with ThreadPoolExecutor(1) as other, writing():
        claim._write({"status": "ok"})
        deletion = other.submit(delete, app, monitor.id)
        until(somebody_waits)
        claim._trim(1)
        db.session.commit()
        deletion.result(timeout=30)

    assert db.session.scalars(select(Run.id)).all() == []


@ON_POSTGRESQL
def test_leases_are_kept_up_while_workers_are_called_for_the_same_runs(app: Flask) -> None:
    claims = [new_claim(new_monitor()) for _ in range(100)]
    claims.reverse()
    run_ids = sorted((claim.run_id for claim in claims), key=lambda id_: id_ % 7)
    lapsed = NOW + LEASE
    write = iter([lambda: beat(claims, lapsed), lambda: Run.rung(run_ids, lapsed)] * 20)

    together(app, lambda: [next(write)() for _ in range(5)], 8)

    beat(claims, lapsed)
    assert set(db.session.scalars(select(Run.lease_until))) == {lapsed + LEASE}


@ON_POSTGRESQL
def test_workers_are_called_for_runs_of_which_somebody_holds_one(app: Flask) -> None:
    run_ids = [Run.start(new_monitor().id, "manual", NOW)[0] for _ in range(3)]

    with held_by_another(f"SELECT id FROM runs WHERE id = {run_ids[0]}"):
        Run.rung(run_ids, NOW)

    rung = select(Run.rung_at).order_by(Run.id)
    assert db.session.scalars(rung).all() == [None, NOW, NOW]


def delete(app: Flask, monitor_id: int) -> None:
    with app.app_context():
        db.session.get_one(Monitor, monitor_id).delete()


def somebody_waits() -> bool:
    with db.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def elsewhere(app: Flask, act: Callable[[], tuple[int, bool]]) -> tuple[int, bool]:
    """What another session gets, which must not wait for this one."""
    got: list[tuple[int, bool]] = []

    def run() -> None:
        with app.app_context():
            got.append(act())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=5)
    assert got, "it waits"
    return got[0]
