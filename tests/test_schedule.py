from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from webapp.schedule import first_slot, next_slot, unused

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
intervals = st.integers(min_value=10, max_value=30 * 24 * 3600)


@given(slot=moments, interval=intervals, now=moments)
def test_the_next_slot_stands_on_the_grid_of_the_last(
    slot: datetime, interval: int, now: datetime
) -> None:
    following = next_slot(slot, interval, now)

    assert (following - slot) % timedelta(seconds=interval) == timedelta(0)


@given(slot=moments, interval=intervals, now=moments)
def test_the_next_slot_is_the_first_one_after_now_and_after_the_last(
    slot: datetime, interval: int, now: datetime
) -> None:
    following = next_slot(slot, interval, now)

    assert following > max(slot, now)
    assert following - timedelta(seconds=interval) <= max(slot, now)


@given(
    interval=intervals,
    delays=st.lists(st.floats(min_value=0, max_value=0.99), min_size=1, max_size=50),
)
def test_late_runs_do_not_make_the_schedule_drift(interval: int, delays: list[float]) -> None:
    slot = NOW

    for delay in delays:
        slot = next_slot(slot, interval, slot + timedelta(seconds=interval) * delay)

    assert slot == NOW + len(delays) * timedelta(seconds=interval)


def test_an_hour_of_standstill_is_followed_by_one_slot() -> None:
    started_again = NOW + timedelta(hours=1, seconds=7)

    following = next_slot(NOW, 300, started_again)

    assert following == NOW + timedelta(hours=1, minutes=5)


def test_a_thousand_monitors_made_at_once_start_evenly_over_a_minute() -> None:
    slots = sorted(first_slot(monitor_id, 300, NOW) for monitor_id in range(1, 1001))

    assert slots[0] >= NOW
    assert slots[-1] < NOW + timedelta(seconds=60)
    # Perfectly even steps would be 60 ms.
    assert max(b - a for a, b in pairwise(slots)) < timedelta(milliseconds=160)


def test_a_monitor_with_a_short_interval_starts_within_it() -> None:
    slots = [first_slot(monitor_id, 10, NOW) for monitor_id in range(1, 1001)]

    assert min(slots) >= NOW
    assert max(slots) < NOW + timedelta(seconds=10)


@given(slot=moments, interval=intervals, ahead=st.lists(st.integers(-50, 200), max_size=30))
def test_an_unused_slot_begins_a_grid_that_meets_no_slot_that_was_used(
    slot: datetime, interval: int, ahead: list[int]
) -> None:
    step = timedelta(seconds=interval)
    used = [slot + number * step for number in ahead]

    found = unused(slot, interval, used)

    assert slot <= found <= slot + timedelta(milliseconds=1)
    assert not any(one >= found and (one - found) % step == timedelta(0) for one in used)
    assert (found == slot) == all(number < 0 for number in ahead)
