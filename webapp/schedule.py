"""When is the next run; pure."""

from collections.abc import Collection
from datetime import datetime, timedelta

# New Monitors fire for the first time within this span, however long their interval is.
FIRST_RUN_SPREAD = timedelta(seconds=60)

# Multiples of the golden ratio's fraction fall evenly into [0, 1), whatever their number.
GOLDEN = 0.6180339887498949

SECONDS_A_MONTH = 30 * 86_400


def first_slot(monitor_id: int, interval_seconds: int, now: datetime) -> datetime:
    """The first slot of a new Monitor; a thousand made at once do not fire at once."""
    spread = min(FIRST_RUN_SPREAD, timedelta(seconds=interval_seconds))
    return now + spread * (monitor_id * GOLDEN % 1)


def next_slot(slot: datetime, interval_seconds: int, now: datetime) -> datetime:
    """The first slot after `now` on the grid that `slot` stands on.

    It counts from the slot, not from the clock, so that late runs do not make the schedule
    drift, and it jumps over all that was missed, so that there is no burst after a stop.
    """
    interval = timedelta(seconds=interval_seconds)
    missed = max(0, (now - slot) // interval)
    return slot + (missed + 1) * interval


def unused(slot: datetime, interval_seconds: int, used: Collection[datetime]) -> datetime:
    """`slot`, or the next millisecond whose grid meets none of `used` from there on.

    A clock that is set back comes past times that were slots already, and had their Runs.
    """
    interval = timedelta(seconds=interval_seconds)
    while any(one >= slot and not (one - slot) % interval for one in used):
        slot += timedelta(milliseconds=1)
    return slot


def runs_a_month(interval_seconds: int) -> int:
    """How many Runs at this interval 30 days have."""
    return SECONDS_A_MONTH // interval_seconds
