from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.conftest import BOTH_DATABASES
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.rows import new_claim, new_monitor
from tests.together import together
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.metrics import REGISTRY
from webapp.models import Notification
from webapp.models.notification import GIVEN_UP, LEASE, MAX_ATTEMPTS
from webapp.pipeline import outbox
from webapp.pipeline.notify import send
from webapp.pipeline.outbox import deliver, deliver_all

BUSY, UNKNOWN = "busy@example.com", "unknown@example.com"
ANSWERS = {BUSY: "451 try again later", UNKNOWN: "550 no such user"}


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(ANSWERS)


@pytest.fixture
def settings(settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
    with smtp_server(mailbox) as port:
        yield settings.model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
        )


def told_to(*recipients: str, **verdict: Any) -> tuple[int, list[int]]:
    """A Run that was judged and has these to tell: its id, and those of its Notifications."""
    claim = new_claim(new_monitor(name="Shop"), utc_now())
    rows = [{"channel": "email", "recipient": to, "due_at": utc_now()} for to in recipients]
    claim.record_verdict(rows, **{"verdict": "alert", "summary": "The shop is down."} | verdict)
    return claim.run_id, Notification.pending_of(claim.run_id)


def states() -> dict[str, tuple[str, int]]:
    db.session.rollback()
    query = select(Notification.recipient, Notification.status, Notification.attempts)
    return {row.recipient: (row.status, row.attempts) for row in db.session.execute(query)}


def test_everybody_is_told_what_and_where(app: Flask, settings: Settings, mailbox: Mailbox) -> None:
    run_id, _ = told_to("a@example.com", "b@example.com")

    deliver_all(run_id, settings)

    assert states() == {"a@example.com": ("sent", 1), "b@example.com": ("sent", 1)}
    assert [letter["To"] for letter in mailbox.letters] == ["a@example.com", "b@example.com"]
    text = mailbox.letters[0].get_content()
    assert "Shop" in text
    assert "The shop is down." in text
    assert f"http://127.0.0.1:8000/runs/{run_id}" in text


def test_one_who_cannot_be_told_does_not_keep_the_others_from_it(
    app: Flask, settings: Settings, mailbox: Mailbox
) -> None:
    run_id, _ = told_to(BUSY, UNKNOWN, "ops@example.com")

    deliver_all(run_id, settings)

    assert states() == {
        BUSY: ("pending", 1),
        UNKNOWN: ("failed", 1),
        "ops@example.com": ("sent", 1),
    }
    server = f"The e-mail server 127.0.0.1:{settings.smtp_port}"
    errors = db.session.scalars(select(Notification.error).order_by(Notification.id)).all()
    assert errors == [
        f"{server} refused {BUSY}: 451 try again later.",
        f"{server} refused {UNKNOWN}: 550 no such user.",
        None,
    ]


def test_a_letter_that_is_asked_for_again_is_a_new_one_and_its_attempts_are_not(
    app: Flask, settings: Settings, mailbox: Mailbox
) -> None:
    _, (mail,) = told_to("ops@example.com")
    deliver(mail, settings)

    db.session.get_one(Notification, mail).resend(utc_now())
    deliver(mail, settings)
    first, second = (letter["Message-ID"] for letter in mailbox.letters)
    # As by a worker that died between the send and the mark.
    with writing():
        before = update(Notification).where(Notification.id == mail)
        db.session.execute(before.values(status="pending", sent_at=None, due_at=utc_now()))
    deliver(mail, settings)

    assert first != second
    assert mailbox.letters[2]["Message-ID"] == first
    assert states() == {"ops@example.com": ("sent", 2)}


def test_what_is_not_due_yet_is_not_tried(app: Flask, settings: Settings, mailbox: Mailbox) -> None:
    run_id, (notification_id,) = told_to(BUSY)
    deliver_all(run_id, settings)

    deliver(notification_id, settings)

    assert states() == {BUSY: ("pending", 1)}


def test_a_notification_that_many_would_deliver_goes_out_once(
    app: Flask, settings: Settings, mailbox: Mailbox
) -> None:
    _, (notification_id,) = told_to("ops@example.com")

    together(app, lambda: deliver(notification_id, settings), 6)

    assert len(mailbox.letters) == 1
    assert states() == {"ops@example.com": ("sent", 1)}


def test_where_the_server_is_gone_a_notification_waits_and_says_why(
    app: Flask, settings: Settings
) -> None:
    run_id, _ = told_to("ops@example.com")
    gone = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1})

    deliver_all(run_id, gone)

    (error,) = db.session.scalars(select(Notification.error)).all()
    assert states() == {"ops@example.com": ("pending", 1)}
    assert error == (
        "The e-mail server 127.0.0.1:1 cannot be reached: [Errno 111] Connection refused."
    )


def test_an_error_that_nobody_foresaw_is_written_to_the_row_and_raised(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No known input makes a send fail in a way that is not a DeliveryError.
    monkeypatch.setattr(outbox, "send", lambda *_, **__: {}["sender"])
    _, (notification_id,) = told_to("ops@example.com")

    with pytest.raises(KeyError):
        deliver(notification_id, settings)

    row = db.session.get_one(Notification, notification_id)
    assert (row.status, row.attempts, row.error) == (
        "pending",
        1,
        "It could not be sent: KeyError; the service's log has the details.",
    )


def test_a_notification_that_is_gone_is_nobodys_business(
    app: Flask, settings: Settings, mailbox: Mailbox
) -> None:
    deliver(4711, settings)

    assert mailbox.letters == []


def test_an_error_is_told_as_one(app: Flask, settings: Settings, mailbox: Mailbox) -> None:
    run_id, _ = told_to(
        "ops@example.com",
        verdict="error",
        summary=None,
        error_kind="inputs_failed",
        error_message="No input could be read.",
    )

    deliver_all(run_id, settings)

    (letter,) = mailbox.letters
    assert "error" in letter["Subject"].lower()
    assert "No input could be read." in letter.get_content()


def number(outcome: str) -> float | None:
    return REGISTRY.get_sample_value(
        "log_monitor_notifications_total", {"channel": "email", "outcome": outcome}
    )


def warnings(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None]]:
    said = [record.msg for record in caplog.records if record.levelname == "WARNING"]
    return [(line["event"], line.get("reason")) for line in said]


@BOTH_DATABASES
def test_a_notification_whose_last_attempt_was_lost_is_given_up_and_said_and_counted_once(
    app: Flask, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _, (notification_id,) = told_to("ops@example.com")
    with writing():
        db.session.execute(update(Notification).values(attempts=MAX_ATTEMPTS))
    before = number("failed") or 0

    together(app, lambda: deliver(notification_id, settings), 4)

    assert states() == {"ops@example.com": ("failed", MAX_ATTEMPTS)}
    assert number("failed") == before + 1
    assert warnings(caplog) == [("notification not sent", GIVEN_UP)]


@BOTH_DATABASES
@pytest.mark.parametrize(
    ("recipient", "event"),
    [(UNKNOWN, "notification not sent"), ("ops@example.com", "notification sent too late")],
)
def test_what_a_worker_did_after_another_took_over_is_said_and_not_counted(
    app: Flask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    recipient: str,
    event: str,
) -> None:
    _, (notification_id,) = told_to(recipient)
    before = number("failed"), number("sent")

    def send_late(*arguments: Any, **options: Any) -> None:
        assert Notification.claim(notification_id, utc_now() + LEASE)
        send(*arguments, **options)

    # Between a worker's claim and its mark there is no other place to let another come.
    monkeypatch.setattr(outbox, "send", send_late)
    deliver(notification_id, settings)

    assert states() == {recipient: ("pending", 2)}
    assert (number("failed"), number("sent")) == before
    assert [said for said, _ in warnings(caplog)] == [event]
