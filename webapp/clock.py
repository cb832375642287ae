"""The time, in one form: aware, UTC."""

import time
from datetime import UTC, datetime, timedelta

# The clocks of all hosts agree to this. A stored time that lies further ahead than whoever wrote
# it could mean was written by a clock that was wrong, and has been set right since.
SKEW = timedelta(seconds=30)


def utc_now() -> datetime:
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, ending in Z: `2026-01-31T08:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """What `iso` made a text of."""
    return datetime.fromisoformat(text)


def milliseconds_since(began: float) -> int:
    """Since a moment of the monotonic clock, which nobody sets."""
    return round((time.monotonic() - began) * 1000)
