"""Notifications on their way out: claimed, sent, and marked after the send."""

from datetime import datetime
from typing import Literal, NamedTuple, cast

import structlog
from structlog.contextvars import bound_contextvars

from webapp.clock import iso, utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.metrics import NOTIFICATIONS
from webapp.models import Notification
from webapp.models.notification import GIVEN_UP
from webapp.pipeline.notify import compose, send
from webapp.pipeline.redact import redact
from webapp.pipeline.values import (
    Channel,
    DeliveryError,
    FinalStatus,
    Finding,
    Message,
    News,
    Recipient,
)

log = structlog.stdlib.get_logger(__name__)


def deliver_all(run_id: int, settings: Settings) -> None:
    """Try each Notification of a Run that waits; what fails is tried again later."""
    for notification_id in Notification.pending_of(run_id):
        deliver(notification_id, settings)


def deliver(notification_id: int, settings: Settings) -> None:
    """Make one attempt, if it is due and nobody else makes it.

    At least once: a worker that dies between the send and the mark sends again.
    """
    token = Notification.claim(notification_id, utc_now())
    given_up = not token and Notification.give_up(notification_id, utc_now())
    if not token and not given_up:
        return
    letter = _load(notification_id, settings)
    with bound_contextvars(
        run_id=letter.run_id, monitor_id=letter.monitor_id, notification_id=notification_id
    ):
        if token:
            _deliver(letter, notification_id, token, settings)
        else:
            _not_sent(letter, "failed", GIVEN_UP)


class _Letter(NamedTuple):
    recipient: Recipient
    message: Message
    key: str
    run_id: int
    monitor_id: int


def _deliver(letter: _Letter, notification_id: int, token: str, settings: Settings) -> None:
    try:
        _send(letter, settings)
    except DeliveryError as error:
        reason, final = (
            redact(error.message, settings.held_secrets, own=settings.own_patterns).text,
            error.permanent,
        )
        _settle_failed(letter, notification_id, token, reason, permanent=final)
    except Exception as error:
        reason = f"It could not be sent: {type(error).__name__}; the service's log has the details."
        _settle_failed(letter, notification_id, token, reason, permanent=False)
        raise
    else:
        channel = letter.recipient.channel
        if Notification.settle_sent(notification_id, token, utc_now()):
            NOTIFICATIONS.labels(channel, "sent").inc()
            log.info("notification sent", channel=channel)
        else:
            log.warning("notification sent too late", channel=channel)


def _send(letter: _Letter, settings: Settings) -> None:
    sms_url = settings.sms_url.get_secret_value() if settings.sms_url else None
    mail = settings.mail()
    send(letter.recipient, letter.message, mail=mail, sms_url=sms_url, run_key=letter.key)


def _settle_failed(
    letter: _Letter, notification_id: int, token: str, reason: str, *, permanent: bool
) -> None:
    outcome = Notification.settle_failed(
        notification_id, token, reason, utc_now(), permanent=permanent
    )
    _not_sent(letter, outcome, reason)


def _not_sent(letter: _Letter, outcome: Literal["failed", "retried"] | None, reason: str) -> None:
    """Count it, unless another worker has it and counts what becomes of it."""
    channel = letter.recipient.channel
    if outcome:
        NOTIFICATIONS.labels(channel, outcome).inc()
    again = outcome != "failed"
    log.warning("notification not sent", channel=channel, again=again, reason=reason)


def _load(notification_id: int, settings: Settings) -> _Letter:
    """Whom to tell what; the session is let go, as the send may take long."""
    notification = db.session.get_one(Notification, notification_id)
    letter = _Letter(
        Recipient(cast(Channel, notification.channel), notification.recipient),
        compose(_news(notification, settings, utc_now())),
        _key(notification),
        notification.run_id,
        notification.run.monitor_id,
    )
    db.session.remove()
    return letter


def _key(notification: Notification) -> str:
    """The same for all attempts of one sending. One that went out before and was asked for again
    is another letter, as mailboxes hide what they have had."""
    again = f"-again-{iso(notification.sent_at)}" if notification.sent_at else ""
    which = f"-notice-{notification.id}" if notification.notice else ""
    return f"run-{notification.run_id}{which}{again}"


def _news(notification: Notification, settings: Settings, now: datetime) -> News:
    run = notification.run
    return News(
        monitor=run.monitor.name,
        target=run.monitor.target.name,
        status=cast(FinalStatus, run.verdict),
        summary=run.summary or "",
        findings=tuple(Finding(**finding) for finding in run.findings),
        error_message=run.error_message,
        run_url=f"{settings.public_url}/runs/{run.id}",
        finished_at=run.finished_at or now,
        notice=notification.notice,
        no_line_cited=run.no_line_cited,
    )
