"""Notifications on their way out: claimed, sent, and marked after the send."""

import logging
from datetime import datetime
from typing import cast

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.metrics import NOTIFICATIONS
from webapp.models import Notification
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

log = logging.getLogger(__name__)


def deliver_all(run_id: int, settings: Settings) -> None:
    """Try each Notification of a Run that waits; what fails is tried again later."""
    for notification_id in Notification.pending_of(run_id):
        deliver(notification_id, settings)


def deliver(notification_id: int, settings: Settings) -> None:
    """Make one attempt, if it is due and nobody else makes it.

    At least once: a worker that dies between the send and the mark sends again.
    """
    token = Notification.claim(notification_id, utc_now())
    if not token:
        return
    recipient, message, run_id = _load(notification_id, settings)
    sms_url = settings.sms_url.get_secret_value() if settings.sms_url else None
    try:
        send(recipient, message, mail=settings.mail(), sms_url=sms_url, run_key=f"run-{run_id}")
    except DeliveryError as error:
        log.warning("notification %d of run %d: %s", notification_id, run_id, error.message)
        reason, final = redact(error.message, settings.held_secrets).text, error.permanent
        _settle_failed(notification_id, token, reason, recipient, permanent=final)
    except Exception as error:
        reason = f"It could not be sent: {type(error).__name__}; the service's log has the details."
        _settle_failed(notification_id, token, reason, recipient, permanent=False)
        raise
    else:
        Notification.settle_sent(notification_id, token, utc_now())
        NOTIFICATIONS.labels(recipient.channel, "sent").inc()


def _settle_failed(
    notification_id: int, token: str, reason: str, recipient: Recipient, *, permanent: bool
) -> None:
    again = Notification.settle_failed(
        notification_id, token, reason, utc_now(), permanent=permanent
    )
    NOTIFICATIONS.labels(recipient.channel, "retried" if again else "failed").inc()


def _load(notification_id: int, settings: Settings) -> tuple[Recipient, Message, int]:
    """Whom to tell what; the session is let go, as the send may take long."""
    notification = db.session.get_one(Notification, notification_id)
    message = compose(_news(notification, settings, utc_now()))
    loaded = (
        Recipient(cast(Channel, notification.channel), notification.recipient),
        message,
        notification.run_id,
    )
    db.session.remove()
    return loaded


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
    )
