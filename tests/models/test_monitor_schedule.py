"""What holds of a Monitor's schedule whatever its scheduler, its Runs and the clock do."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from tests.rows import NOW, new_monitor
from webapp.clock import SKEW
from webapp.extensions import db, writing
from webapp.models import Monitor, Run, slots
from webapp.models.run import IS_LIVE

SECOND = timedelta(seconds=1)
INTERVAL = 60
# What happens next: a tick after some seconds, with the Run before ended or not; a stop of the
# scheduler for some minutes; the clock set by some minutes, which a tick follows at once.
events = st.lists(
    st.one_of(
        st.tuples(st.just("tick"), st.integers(1, 20), st.booleans()),
        st.tuples(st.just("stop"), st.integers(1, 200), st.booleans()),
        st.tuples(st.just("step"), st.integers(-200, 200), st.booleans()),
    ),
    min_size=1,
    max_size=60,
)


def end_all() -> None:
    with writing():
        db.session.execute(update(Run).values(status="ok"))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=events)
def test_no_slot_is_lost_or_doubled_and_no_monitor_is_silent(
    app: Flask, story: list[tuple[str, int, bool]]
) -> None:
    with writing():
        db.session.execute(delete(Monitor))
    monitor = new_monitor(interval_seconds=INTERVAL)
    now, passed, planned = NOW, 0, monitor.next_run_at

    for kind, amount, ended in story:
        now += amount * (SECOND if kind == "tick" else 60 * SECOND)
        if ended:
            end_all()
        if kind != "tick":  # what a scheduler does at its start, and where the clock was set
            slots.replan(now, 10)
            db.session.refresh(monitor)
            planned = monitor.next_run_at
        assert planned
        slots.take_due(now, 10)
        db.session.refresh(monitor)
        assert monitor.next_run_at
        steps, off_grid = divmod(monitor.next_run_at - planned, INTERVAL * SECOND)
        passed, planned = passed + steps, monitor.next_run_at

        assert off_grid == timedelta(0)
        assert timedelta(0) < planned - now <= INTERVAL * SECOND + SKEW
        assert db.session.scalar(select(func.count()).where(IS_LIVE).select_from(Run)) in (0, 1)
        runs = db.session.scalar(select(func.count(Run.slot)))
        assert runs is not None
        assert runs + monitor.skipped_slots == passed


# A zone, and the days on which its clocks are put forward and back.
CHANGES = [
    ("UTC", (3, 29), (10, 25)),
    ("Europe/Berlin", (3, 29), (10, 25)),
    ("America/New_York", (3, 8), (11, 1)),
    ("Australia/Lord_Howe", (4, 5), (10, 4)),
]


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "day"),
    [(zone, day) for zone, *days in CHANGES for day in days],
    indirect=["zone"],
)
@pytest.mark.usefixtures("zone")
def test_clocks_put_forward_and_back_for_summer_change_no_schedule(
    app: Flask, day: tuple[int, int]
) -> None:
    half_an_hour = timedelta(minutes=30)
    begin = datetime(2026, *day, tzinfo=UTC) - timedelta(days=1)
    monitor = new_monitor(now=begin, interval_seconds=1800)
    monitor.run_next(begin)

    for number in range(3 * 48):
        slots.take_due(begin + number * half_an_hour, 10)
        end_all()

    begun = db.session.scalars(select(Run.slot).order_by(Run.id)).all()
    db.session.refresh(monitor)
    assert begun == [begin + number * half_an_hour for number in range(3 * 48)]
    assert monitor.skipped_slots == 0
