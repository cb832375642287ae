from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, TIMEOUT, finished_run, new_claim, new_monitor
from tests.together import together
from webapp.extensions import db
from webapp.models import Claim, LeaseLost, Notification, Run
from webapp.models.claim import LEASE, MARGIN, beat

SECOND = timedelta(seconds=1)
LAPSED = NOW + LEASE
A_LETTER = {"channel": "email", "recipient": "ops@example.com", "due_at": NOW}


def columns(run_id: int) -> dict[str, Any]:
    """The whole row as it stands in the database."""
    table = Run.__table__
    db.session.rollback()
    row = db.session.execute(select(*table.c).where(table.c.id == run_id)).one()
    return dict(row._mapping)


@BOTH_DATABASES
def test_of_many_who_claim_a_run_one_gets_it(app: Flask) -> None:
    run_id, _ = Run.start(new_monitor().id, "manual", NOW)

    claims = together(app, lambda: Claim.take(run_id, NOW, TIMEOUT), 8)

    (winner,) = filter(None, claims)
    row = columns(run_id)
    assert (winner.run_id, winner.deadline) == (run_id, NOW + TIMEOUT)
    assert (row["status"], row["attempt"], row["token"]) == ("running", 1, winner.token)
    assert (row["lease_until"], row["started_at"]) == (LAPSED, NOW)


@BOTH_DATABASES
def test_a_run_whose_lease_is_over_is_taken_once_more_and_then_only_to_be_closed(
    app: Flask,
) -> None:
    run_id = new_claim(new_monitor()).run_id

    in_time = Claim.take(run_id, LAPSED - SECOND, TIMEOUT)
    second = Claim.take(run_id, LAPSED, TIMEOUT)
    third = Claim.take(run_id, LAPSED + LEASE, TIMEOUT)
    lost_too_early = Claim.take_lost(LAPSED, TIMEOUT, 10)
    lost = Claim.take_lost(LAPSED + LEASE, TIMEOUT, 10)

    assert (in_time, third, lost_too_early) == (None, None, [])
    assert second is not None
    assert [claim.run_id for claim in lost] == [run_id]
    assert columns(run_id)["token"] == lost[0].token
    assert columns(run_id)["attempt"] == 2


@BOTH_DATABASES
def test_a_lost_run_is_closed_by_one_of_two_schedulers(app: Flask) -> None:
    for _ in range(10):
        monitor = new_monitor()
        Claim.take(new_claim(monitor).run_id, LAPSED, TIMEOUT)

    taken = together(app, lambda: Claim.take_lost(LAPSED + LEASE, TIMEOUT, 100), 2)

    run_ids = [claim.run_id for claims in taken for claim in claims]
    assert sorted(run_ids) == sorted(db.session.scalars(select(Run.id)))


def test_a_run_that_is_done_or_gone_cannot_be_claimed(app: Flask) -> None:
    done = finished_run(new_monitor())

    claims = [Claim.take(done, NOW, TIMEOUT), Claim.take(done + 1, NOW, TIMEOUT)]

    assert claims == [None, None]


WRITES: dict[str, Callable[[Claim], None]] = {
    "record": lambda claim: claim.record(stage="analyzing", logs_text="stale"),
    "record_verdict": lambda claim: claim.record_verdict([A_LETTER], verdict="alert"),
    "finish": lambda claim: claim.finish(LAPSED, 1),
    "hand_back": lambda claim: claim.hand_back(LAPSED),
    "give_up": lambda claim: claim.give_up("It failed.", LAPSED),
}


@BOTH_DATABASES
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_worker_that_lost_its_lease_writes_nothing(
    app: Flask, write: Callable[[Claim], None]
) -> None:
    stale = new_claim(new_monitor())
    assert Claim.take(stale.run_id, LAPSED, TIMEOUT)
    before = columns(stale.run_id)

    with pytest.raises(LeaseLost):
        write(stale)
    beat([stale], LAPSED)

    assert columns(stale.run_id) == before
    assert db.session.scalars(select(Notification.id)).all() == []


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_written_to_a_run_that_is_done(
    app: Flask, write: Callable[[Claim], None]
) -> None:
    claim = new_claim(new_monitor())
    claim.record_verdict([], verdict="ok")
    claim.finish(NOW, 200)
    before = columns(claim.run_id)

    with pytest.raises(LeaseLost):
        write(claim)

    assert columns(claim.run_id) == before


@BOTH_DATABASES
def test_a_beat_keeps_the_lease_until_the_deadline_at_most(app: Flask) -> None:
    claim = new_claim(new_monitor())
    leases = []

    for after in (10 * SECOND, TIMEOUT, TIMEOUT + MARGIN - SECOND):
        beat([claim], NOW + after)
        leases.append(columns(claim.run_id)["lease_until"])

    end = NOW + TIMEOUT + MARGIN
    assert leases == [NOW + 10 * SECOND + LEASE, end, end]


@BOTH_DATABASES
def test_a_verdict_and_its_notifications_are_written_together(app: Flask) -> None:
    claim = new_claim(new_monitor())

    claim.record_verdict([A_LETTER, A_LETTER | {"recipient": "b@example.com"}], verdict="alert")

    row = columns(claim.run_id)
    rows = db.session.execute(
        select(Notification.recipient, Notification.status, Notification.attempts)
    ).all()
    assert (row["verdict"], row["stage"], row["status"]) == ("alert", "notifying", "running")
    assert rows == [("ops@example.com", "pending", 0), ("b@example.com", "pending", 0)]


@BOTH_DATABASES
def test_where_a_notification_cannot_be_written_the_verdict_is_not_either(app: Flask) -> None:
    claim = new_claim(new_monitor())
    before = columns(claim.run_id)

    with pytest.raises(IntegrityError):
        claim.record_verdict([A_LETTER, A_LETTER | {"due_at": None}], verdict="alert")

    assert columns(claim.run_id) == before
    assert db.session.scalars(select(Notification.id)).all() == []


@BOTH_DATABASES
def test_a_run_ends_with_its_verdict_as_its_status(app: Flask) -> None:
    claim = new_claim(new_monitor())
    claim.record_verdict([], verdict="warn")

    claim.finish(NOW + SECOND, 200)

    row = columns(claim.run_id)
    assert (row["status"], row["stage"], row["finished_at"]) == ("warn", None, NOW + SECOND)
    assert (row["token"], row["lease_until"]) == (None, None)


@BOTH_DATABASES
def test_history_is_trimmed_but_what_is_live_or_still_has_to_be_told_is_kept(app: Flask) -> None:
    monitor, other = new_monitor(), new_monitor()
    others = finished_run(other)
    telling = new_claim(monitor)
    telling.record_verdict([A_LETTER], verdict="alert")
    telling.finish(NOW, 200)
    old, newer, newest = (finished_run(monitor) for _ in range(3))
    last = new_claim(monitor)
    last.record_verdict([], verdict="ok")

    last.finish(NOW, keep=2)
    live, _ = Run.start(monitor.id, "manual", NOW)

    left = db.session.scalars(select(Run.id).order_by(Run.id)).all()
    assert left == [others, telling.run_id, newest, last.run_id, live]
    assert {old, newer} & set(left) == set()


def test_trimming_takes_the_notifications_of_a_run_along(app: Flask) -> None:
    monitor = new_monitor()
    claim = new_claim(monitor)
    claim.record_verdict([A_LETTER | {"status": "skipped"}], verdict="alert")
    claim.finish(NOW, 200)

    kept = finished_run(monitor, keep=1)

    assert db.session.scalars(select(Run.id)).all() == [kept]
    assert db.session.scalars(select(Notification.id)).all() == []


@BOTH_DATABASES
def test_a_run_that_is_handed_back_is_queued_and_the_attempt_does_not_count(app: Flask) -> None:
    claim = new_claim(new_monitor())
    claim.record(stage="gathering")
    Run.rung([claim.run_id], NOW)

    claim.hand_back(NOW + SECOND)

    row = columns(claim.run_id)
    assert (row["status"], row["stage"], row["attempt"]) == ("queued", None, 0)
    assert (row["token"], row["lease_until"], row["rung_at"]) == (None, None, None)
    assert (row["created_at"], Run.waiting_since()) == (NOW, NOW + SECOND)


@BOTH_DATABASES
def test_a_run_that_has_used_up_its_time_is_not_handed_back_without_counting(app: Flask) -> None:
    claim = new_claim(new_monitor())

    claim.hand_back(NOW + TIMEOUT)

    row = columns(claim.run_id)
    assert (row["status"], row["attempt"]) == ("running", 1)
    assert Run.unheard(NOW + TIMEOUT, TIMEOUT, 10) == [claim.run_id]


@BOTH_DATABASES
def test_a_run_that_is_given_up_can_be_taken_at_once_and_the_attempt_counts(app: Flask) -> None:
    claim = new_claim(new_monitor())

    claim.give_up("The worker failed: KeyError.", NOW + SECOND)

    assert Run.unheard(NOW + SECOND, TIMEOUT, 10) == [claim.run_id]
    assert Claim.take(claim.run_id, NOW + SECOND, TIMEOUT) is not None
    row = columns(claim.run_id)
    assert (row["attempt"], row["error_message"]) == (2, "The worker failed: KeyError.")
