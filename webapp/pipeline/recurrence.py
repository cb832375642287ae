"""Whether a finding was there before: said on the page, in JSON and to whoever is told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from webapp.clock import iso
from webapp.extensions import db
from webapp.models import PastFinding

# What was not seen for so long is back.
LONG = timedelta(days=1)


def with_recurrence(outcome: Mapping[str, Any], monitor_id: int, now: datetime) -> dict[str, Any]:
    """The columns of a verdict, each new finding with how often and since when its Monitor has it.

    What was counted beside an error is left as it is. No session is left open.
    """
    findings = outcome["findings"]
    wanted = {one["fingerprint"] for one in findings if one["new"]}
    if outcome["verdict"] == "error" or not wanted:
        return dict(outcome)
    before = PastFinding.of(monitor_id, wanted)
    db.session.remove()
    return {**outcome, "findings": [one | {"seen": _seen(one, before, now)} for one in findings]}


def _seen(
    finding: Mapping[str, Any], before: Mapping[str, PastFinding], now: datetime
) -> dict[str, Any] | None:
    if not finding["new"]:
        return None
    past = before.get(finding["fingerprint"])
    if past is None:
        return {"times": 1, "first_at": iso(now), "last_at": None, "says": "First seen."}
    return {
        "times": past.times + 1,
        "first_at": iso(past.first_at),
        "last_at": iso(past.last_at),
        "says": _says(past, now),
    }


def _says(past: PastFinding, now: datetime) -> str:
    count = f"{past.times + 1:,} times since {_day(past.first_at, now)}"
    absent = now - past.last_at
    if absent < LONG:
        return f"Seen {count}."
    days = absent // timedelta(days=1)
    return f"Back after {days:,} {'day' if days == 1 else 'days'}; seen {count}."


def _day(moment: datetime, now: datetime) -> str:
    if moment.date() == now.date():
        return f"{moment:%H:%M} UTC"
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment:%A}, {moment.day} {moment:%B}{year}"
