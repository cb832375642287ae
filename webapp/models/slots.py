"""What a schedule does to Monitors: their slots come, pass, and are planned anew."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, extract, select, update

from webapp.clock import SKEW
from webapp.extensions import db, writing
from webapp.models.monitor import IS_SCHEDULED, Monitor
from webapp.models.run import Run
from webapp.schedule import next_slot


class Taken(NamedTuple):
    """How many Monitors were due, the new Runs' ids, and how many slots were skipped."""

    due: int
    run_ids: list[int]
    skipped: int


def take_due(now: datetime, limit: int) -> Taken:
    """Move up to `limit` due Monitors to their next slot and insert a Run for each slot.

    One transaction, so that no slot is lost or doubled whoever else does the same. Of the
    slots that passed while nobody looked only the last has its Run, and none where the
    Monitor still has a live one; the others are counted.
    """
    with writing():
        moves = _due_moves(now, limit)
        slots = {move.monitor_id: move.last for move in moves}
        run_ids = Run.insert_all(slots, "schedule", now) if moves else {}
        skipped = {move.monitor_id: move.passed for move in moves}
        for monitor_id in run_ids:
            skipped[monitor_id] -= 1
        _carry_out(moves, skipped)
    return Taken(len(moves), list(run_ids.values()), sum(skipped.values()))


def replan(now: datetime, limit: int) -> int:
    """Plan up to `limit` Monitors anew whose next slot is further away than their interval.

    They were planned by a clock that was wrong, and would be silent until it is as late as
    that said. How many there were. It reads all Monitors: for a start, or a clock set back.
    """
    away = extract("epoch", Monitor.next_run_at) - Monitor.interval_seconds
    with writing():
        astray = db.session.scalars(
            select(Monitor)
            .where(IS_SCHEDULED, away > (now + SKEW).timestamp())
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
        ).all()
        for monitor in astray:
            monitor.plan(now)
    return len(astray)


class _Move(NamedTuple):
    """A due Monitor's way from its slot to the next one."""

    monitor_id: int
    slot: datetime
    interval_seconds: int
    next: datetime

    @property
    def last(self) -> datetime:
        """The slot that has come last."""
        return self.next - timedelta(seconds=self.interval_seconds)

    @property
    def passed(self) -> int:
        """How many slots have come."""
        return (self.next - self.slot) // timedelta(seconds=self.interval_seconds)


def _due_moves(now: datetime, limit: int) -> list[_Move]:
    due = db.session.execute(
        select(Monitor.id, Monitor.next_run_at, Monitor.interval_seconds)
        .where(IS_SCHEDULED, Monitor.next_run_at <= now)
        .order_by(Monitor.next_run_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [
        _Move(monitor_id, slot, interval_seconds, next_slot(slot, interval_seconds, now))
        for monitor_id, slot, interval_seconds in due
        if slot  # as the query asked for
    ]


def _carry_out(moves: Sequence[_Move], skipped: Mapping[int, int]) -> None:
    rows = [
        {"monitor": move.monitor_id, "next": move.next, "skipped": skipped[move.monitor_id]}
        for move in moves
    ]
    move_one = (
        update(Monitor)
        .where(Monitor.id == bindparam("monitor"))
        .values(
            next_run_at=bindparam("next"),
            skipped_slots=Monitor.skipped_slots + bindparam("skipped"),
            updated_at=Monitor.updated_at,  # nobody edited it
        )
    )
    if rows:
        db.session.connection().execute(move_one, rows)
