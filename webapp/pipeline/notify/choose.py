"""Whom to tell: pure choice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from webapp.pipeline.values import Planned, Recipient

# An error counts like an alert: nobody knows how the system is.
_TOLD = {
    "alert_only": {"alert", "error"},
    "warn_and_alert": {"warn", "alert", "error"},
    "all": {"ok", "warn", "alert", "error"},
}
_CHANNELS: tuple[tuple[Literal["email", "sms"], str], ...] = (
    ("email", "email_recipients"),
    ("sms", "sms_recipients"),
)
_NOT_CONFIGURED = {
    "email": "No e-mail server is configured; set SMTP_HOST.",
    "sms": "No SMS service is configured; set SMS_URL.",
}


def plan(
    status: str, config: Mapping[str, Any], *, mail_configured: bool, sms_configured: bool
) -> tuple[Planned, ...]:
    """The rows of the outbox for a Run with this status.

    `config` has `email_recipients`, `sms_recipients` and `notify_on`; each recipient counts once.
    A status that `notify_on` leaves out gives none: a skipped row for every quiet Run would bury
    the others. Where somebody ought to be told and cannot be, a skipped row says why.
    """
    if not _is_told(status, config):
        return ()
    told = _recipients(config)
    if not told:
        return (Planned("none", "", "skipped", "This Monitor has no recipients."),)
    configured = {"email": mail_configured, "sms": sms_configured}
    return tuple(_planned(recipient, configured[recipient.channel]) for recipient in told)


def silence(planned: Sequence[Planned], reason: str) -> tuple[Planned, ...]:
    """The same, with nobody told, for this reason."""
    return tuple(
        replace(row, status="skipped", reason=reason) if row.status == "pending" else row
        for row in planned
    )


def _is_told(status: str, config: Mapping[str, Any]) -> bool:
    return status in _TOLD[config.get("notify_on") or "alert_only"]


def _recipients(config: Mapping[str, Any]) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(channel, address)
        for channel, key in _CHANNELS
        for address in dict.fromkeys(config.get(key) or ())
    )


def _planned(recipient: Recipient, configured: bool) -> Planned:
    if configured:
        return Planned(recipient.channel, recipient.address, "pending")
    reason = _NOT_CONFIGURED[recipient.channel]
    return Planned(recipient.channel, recipient.address, "skipped", reason)
