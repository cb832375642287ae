from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, new_claim, new_monitor
from tests.together import together
from webapp.extensions import db
from webapp.models import Notification, NotResent
from webapp.models.notification import BACK_OFF, LEASE

SECOND = timedelta(seconds=1)


def new_notifications(*due: datetime, status: str = "pending") -> list[int]:
    """Ids of Notifications of one Run."""
    claim = new_claim(new_monitor())
    rows = [
        {"channel": "email", "recipient": f"{n}@example.com", "due_at": at, "status": status}
        for n, at in enumerate(due)
    ]
    claim.record_verdict(rows, verdict="alert")
    query = select(Notification.id).where(Notification.run_id == claim.run_id)
    return list(db.session.scalars(query.order_by(Notification.id)))


def state(notification_id: int) -> dict[str, Any]:
    table = Notification.__table__
    db.session.rollback()
    columns = (table.c.status, table.c.attempts, table.c.error, table.c.due_at, table.c.sent_at)
    row = db.session.execute(select(*columns).where(table.c.id == notification_id)).one()
    return dict(row._mapping)


@BOTH_DATABASES
def test_of_many_who_would_send_a_notification_one_does(app: Flask) -> None:
    (notification_id,) = new_notifications(NOW)

    tokens = together(app, lambda: Notification.claim(notification_id, NOW), 8)

    assert len(list(filter(None, tokens))) == 1
    assert state(notification_id) == {
        "status": "pending",
        "attempts": 1,
        "error": None,
        "due_at": NOW + LEASE,
        "sent_at": None,
    }


@BOTH_DATABASES
def test_a_notification_that_was_sent_is_never_due_again(app: Flask) -> None:
    (notification_id,) = new_notifications(NOW)
    token = Notification.claim(notification_id, NOW)
    assert token

    Notification.settle_sent(notification_id, token, NOW + SECOND)

    sent = state(notification_id)
    assert (sent["status"], sent["attempts"], sent["sent_at"]) == ("sent", 1, NOW + SECOND)
    assert Notification.claim(notification_id, NOW + timedelta(days=1)) is None
    assert Notification.unheard(NOW + timedelta(days=1), SECOND, 10) == []


@BOTH_DATABASES
def test_a_notification_that_failed_is_tried_again_ever_later_and_then_given_up(
    app: Flask,
) -> None:
    (notification_id,) = new_notifications(NOW)
    now, waits = NOW, []

    for _ in range(len(BACK_OFF) + 1):
        token = Notification.claim(notification_id, now)
        assert token
        Notification.settle_failed(notification_id, token, "No answer.", now, permanent=False)
        after = state(notification_id)
        waits.append((after["status"], after["due_at"] - now))
        now = max(now, after["due_at"])

    assert waits[:-1] == [("pending", wait) for wait in BACK_OFF]
    assert after["status"] == "failed"
    assert (after["attempts"], after["error"]) == (len(BACK_OFF) + 1, "No answer.")
    assert Notification.unheard(now + timedelta(days=1), SECOND, 10) == []


@BOTH_DATABASES
def test_a_failure_that_is_final_is_not_tried_again(app: Flask) -> None:
    (notification_id,) = new_notifications(NOW)
    token = Notification.claim(notification_id, NOW)
    assert token

    Notification.settle_failed(notification_id, token, "No such user.", NOW, permanent=True)

    after = state(notification_id)
    assert (after["status"], after["attempts"]) == ("failed", 1)
    assert after["error"] == "No such user."


@BOTH_DATABASES
@pytest.mark.parametrize("status", ["failed", "sent", "skipped"])
def test_one_that_is_settled_is_sent_again_with_all_its_attempts(app: Flask, status: str) -> None:
    (notification_id,) = new_notifications(NOW, status=status)
    later = NOW + timedelta(hours=1)

    db.session.get_one(Notification, notification_id).resend(later)

    assert state(notification_id) == {
        "status": "pending",
        "attempts": 0,
        "error": None,
        "due_at": later,
        "sent_at": None,
    }
    assert Notification.unheard(later, SECOND, 10) == [notification_id]
    assert Notification.claim(notification_id, later)


@BOTH_DATABASES
def test_when_it_went_out_before_is_kept_when_it_is_sent_again(app: Flask) -> None:
    (notification_id,) = new_notifications(NOW)
    token = Notification.claim(notification_id, NOW)
    assert token
    Notification.settle_sent(notification_id, token, NOW)

    db.session.get_one(Notification, notification_id).resend(NOW + SECOND)

    assert state(notification_id)["sent_at"] == NOW


@BOTH_DATABASES
def test_one_that_is_on_its_way_is_not_sent_twice(app: Flask) -> None:
    (notification_id,) = new_notifications(NOW)
    token = Notification.claim(notification_id, NOW)
    assert token
    before = state(notification_id)

    with pytest.raises(NotResent, match="on its way already"):
        db.session.get_one(Notification, notification_id).resend(NOW + SECOND)

    assert state(notification_id) == before
    assert Notification.settle_sent(notification_id, token, NOW + SECOND)


def test_one_that_has_nobody_to_go_to_stays_skipped_and_says_why(app: Flask) -> None:
    claim = new_claim(new_monitor())
    reason = "This Monitor has no recipients."
    nobody = {"channel": "none", "status": "skipped", "error": reason, "due_at": NOW}
    claim.record_verdict([nobody], verdict="alert")
    notification = db.session.scalars(select(Notification)).one()

    with pytest.raises(NotResent) as refusal:
        notification.resend(NOW)

    assert str(refusal.value) == f"Nobody to send it to: {reason}"
    assert state(notification.id)["status"] == "skipped"


@BOTH_DATABASES
def test_of_many_who_ask_at_once_one_is_heard(app: Flask) -> None:
    (notification_id,) = new_notifications(NOW, status="failed")

    def ask() -> bool:
        try:
            db.session.get_one(Notification, notification_id).resend(NOW)
        except NotResent:
            return False
        return True

    assert sorted(together(app, ask, 8)) == [False] * 7 + [True]


@BOTH_DATABASES
def test_an_attempt_that_was_lost_with_its_worker_is_made_again(app: Flask) -> None:
    (notification_id,) = new_notifications(NOW)
    lost = Notification.claim(notification_id, NOW)
    assert lost

    in_time = Notification.claim(notification_id, NOW + LEASE - SECOND)
    again = Notification.claim(notification_id, NOW + LEASE)
    Notification.settle_failed(notification_id, lost, "Late news.", NOW + LEASE, permanent=True)

    assert in_time is None
    assert again is not None
    assert (state(notification_id)["status"], state(notification_id)["error"]) == ("pending", None)


@BOTH_DATABASES
def test_what_waits_to_be_sent_is_due_longest_waiting_first(app: Flask) -> None:
    new, old, future = new_notifications(NOW, NOW - SECOND, NOW + SECOND)
    new_notifications(NOW, status="skipped")

    assert Notification.unheard(NOW, SECOND, 10) == [old, new]
    assert Notification.unheard(NOW, SECOND, 1) == [old]
    assert Notification.unheard(NOW + SECOND, SECOND, 10) == [old, new, future]


def test_pending_of_a_run_are_its_own_that_were_not_settled(app: Flask) -> None:
    new_notifications(NOW)
    mine = new_notifications(NOW, NOW)
    run_id = db.session.get_one(Notification, mine[0]).run_id
    token = Notification.claim(mine[0], NOW)
    assert token
    Notification.settle_sent(mine[0], token, NOW)

    assert Notification.pending_of(run_id) == [mine[1]]


def test_a_worker_is_called_for_a_notification_once_and_again_when_nobody_came(app: Flask) -> None:
    (waiting,) = new_notifications(NOW)

    Notification.rung([waiting], NOW)

    assert Notification.unheard(NOW + SECOND, 2 * SECOND, 10) == []
    assert Notification.unheard(NOW + 2 * SECOND, 2 * SECOND, 10) == [waiting]


@BOTH_DATABASES
def test_after_a_clock_was_set_back_a_notification_is_tried_again_without_waiting(
    app: Flask,
) -> None:
    failed, taken = new_notifications(NOW, NOW)
    token = Notification.claim(failed, NOW)
    assert token
    Notification.settle_failed(failed, token, "No answer.", NOW, permanent=False)
    Notification.claim(taken, NOW)
    Notification.rung([taken], NOW)
    an_hour_before = NOW - timedelta(hours=1)

    assert Notification.unheard(NOW, SECOND, 10) == []
    assert Notification.unheard(an_hour_before, SECOND, 10) == [failed, taken]
    assert Notification.claim(failed, an_hour_before)
    assert Notification.unheard(an_hour_before, SECOND, 10) == [taken]
