from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, new_monitor
from tests.together import together
from webapp.extensions import db, writing
from webapp.models import Monitor, Run, slots
from webapp.schedule import first_slot

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def due_at(*monitors: Monitor, slot: Any = NOW) -> None:
    with writing():
        ids = [monitor.id for monitor in monitors]
        db.session.execute(update(Monitor).where(Monitor.id.in_(ids)).values(next_run_at=slot))


@BOTH_DATABASES
def test_a_due_slot_becomes_a_run_and_the_next_slot_is_planned(app: Flask) -> None:
    due, not_yet = new_monitor(interval_seconds=300), new_monitor()
    due_at(due)
    due_at(not_yet, slot=NOW + SECOND)

    taken = slots.take_due(NOW, 10)

    (run,) = db.session.scalars(select(Run)).all()
    assert taken == (1, [run.id], 0)
    assert (run.monitor_id, run.trigger, run.slot, run.status) == (
        due.id,
        "schedule",
        NOW,
        "queued",
    )
    assert (due.next_run_at, due.skipped_slots) == (NOW + 5 * MINUTE, 0)
    assert not_yet.next_run_at == NOW + SECOND


@BOTH_DATABASES
def test_two_schedulers_at_once_make_one_run_of_each_slot(app: Flask) -> None:
    monitors = [new_monitor() for _ in range(30)]
    due_at(*monitors)

    taken = together(app, lambda: slots.take_due(NOW, 100), 2)

    ids = sorted(run_id for part in taken for run_id in part.run_ids)
    assert ids == sorted(db.session.scalars(select(Run.id)))
    assert sorted(db.session.scalars(select(Run.monitor_id))) == [m.id for m in monitors]
    assert set(db.session.scalars(select(Monitor.skipped_slots))) == {0}


@BOTH_DATABASES
def test_a_slot_of_a_busy_monitor_is_skipped_and_counted(app: Flask) -> None:
    monitor = new_monitor(interval_seconds=300)
    live, _ = Run.start(monitor.id, "manual", NOW)
    due_at(monitor)

    taken = slots.take_due(NOW, 10)

    db.session.refresh(monitor)
    assert taken == (1, [], 1)
    assert db.session.scalars(select(Run.id)).all() == [live]
    assert (monitor.skipped_slots, monitor.next_run_at) == (1, NOW + 5 * MINUTE)


@BOTH_DATABASES
@pytest.mark.parametrize("busy", [False, True])
def test_slots_that_passed_while_nobody_looked_are_counted(app: Flask, busy: bool) -> None:
    monitor = new_monitor(interval_seconds=300)
    due_at(monitor)
    if busy:
        Run.start(monitor.id, "manual", NOW)

    slots.take_due(NOW + timedelta(hours=1, minutes=1), 10)
    slots.take_due(NOW + timedelta(hours=1, minutes=2), 10)

    db.session.refresh(monitor)
    taken = db.session.scalars(select(Run.slot).where(Run.trigger == "schedule")).all()
    assert taken == ([] if busy else [NOW + timedelta(hours=1)])
    assert monitor.skipped_slots == (13 if busy else 12)
    assert monitor.next_run_at == NOW + timedelta(hours=1, minutes=5)


def test_no_more_slots_are_taken_than_asked_for_and_the_oldest_first(app: Flask) -> None:
    late, later, latest = (new_monitor() for _ in range(3))
    for minutes, monitor in enumerate((late, later, latest)):
        due_at(monitor, slot=NOW - (3 - minutes) * MINUTE)

    taken = slots.take_due(NOW, 2)

    started = select(Run.monitor_id).where(Run.id.in_(taken.run_ids)).order_by(Run.id)
    assert db.session.scalars(started).all() == [late.id, later.id]


@BOTH_DATABASES
def test_after_a_clock_was_set_back_what_was_planned_by_it_is_planned_anew(app: Flask) -> None:
    often, seldom = new_monitor(interval_seconds=60), new_monitor(interval_seconds=7200)
    paused = new_monitor(paused=True)
    for monitor in (often, seldom):
        due_at(monitor)
    slots.take_due(NOW, 10)
    an_hour_before = NOW - timedelta(hours=1)

    replanned = [slots.replan(an_hour_before, 10) for _ in range(2)]

    for monitor in (often, seldom, paused):
        db.session.refresh(monitor)
    assert replanned == [2, 0]
    assert often.next_run_at and seldom.next_run_at
    assert an_hour_before <= often.next_run_at < an_hour_before + MINUTE
    assert an_hour_before <= seldom.next_run_at < an_hour_before + MINUTE
    assert paused.next_run_at is None


@BOTH_DATABASES
def test_a_clock_that_is_right_or_some_seconds_behind_plans_nothing_anew(app: Flask) -> None:
    monitor = new_monitor(interval_seconds=60)
    due_at(monitor)
    slots.take_due(NOW, 10)

    assert slots.replan(NOW - 29 * SECOND, 10) == 0
    assert slots.replan(NOW + timedelta(days=1), 10) == 0
    db.session.refresh(monitor)
    assert monitor.next_run_at == NOW + MINUTE


@BOTH_DATABASES
def test_a_monitor_that_is_planned_anew_comes_past_no_slot_that_had_its_run(app: Flask) -> None:
    monitor = new_monitor(interval_seconds=60)
    would_be = first_slot(monitor.id, 60, NOW)
    due_at(monitor, slot=would_be + timedelta(hours=2))
    slots.take_due(NOW + timedelta(hours=3), 10)

    slots.replan(NOW, 10)

    db.session.refresh(monitor)
    assert monitor.next_run_at == would_be + timedelta(milliseconds=1)
