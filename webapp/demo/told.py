"""Who was told of the Runs: Notifications in every state."""

from datetime import datetime, timedelta
from typing import Any

from webapp.clock import iso
from webapp.demo.cast import Watched

MAIL = "ops@example.com"
NO_SMS = "No SMS_URL is set, so no SMS can be sent."
UNKNOWN = "mail.example.com refused it: 550 5.1.1 <dba@example.com>: user unknown"
NO_ANSWER = "mail.example.com did not answer within 30 s."
TOLD = {"alert_only": ("alert", "error"), "warn_and_alert": ("warn", "alert", "error")}


def notifications(watched: Watched, run: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Rows without the id of their Run: of e-mail, and of SMS where it has such recipients."""
    if run["status"] not in TOLD[watched.notify_on]:
        return []
    mail = {"channel": "email", "recipient": MAIL, "due_at": run["finished_at"]}
    sms = {"channel": "sms", "status": "skipped", "error": NO_SMS, "due_at": run["finished_at"]}
    numbers = [{**_blank(), **sms, "recipient": number} for number in watched.sms]
    return [{**_blank(), **mail, **_fate(watched, run, now)}, *numbers]


def _blank() -> dict[str, Any]:
    return {"attempts": 0, "error": None, "sent_at": None}


def _fate(watched: Watched, run: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What became of an e-mail: it was sent, unless it is one of the few that the demo shows."""
    age = now - run["finished_at"]
    if watched.muted_hours and age < timedelta(hours=36):
        until = now + timedelta(hours=watched.muted_hours)
        return {"status": "skipped", "error": f"The Monitor is muted until {iso(until)}."}
    if watched.failure and run["error_kind"] == watched.failure.kind:
        return {"status": "failed", "attempts": 1, "error": UNKNOWN}
    if watched.every == 86400 and age < timedelta(days=1):
        later = now + timedelta(minutes=24)
        return {"status": "pending", "attempts": 4, "error": NO_ANSWER, "due_at": later}
    return {"status": "sent", "attempts": 1, "sent_at": run["finished_at"] + timedelta(seconds=2)}
