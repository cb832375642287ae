"""A tick of the scheduler with 10 Monitors due of 100,000, and one that looks at every Monitor.

`python -m benchmarks.tick`; exit status 1 where it falls short of the goal.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from benchmarks.fleet import Fleet, fleet
from webapp.clock import utc_now
from webapp.extensions import db, writing
from webapp.jobs import Scheduler
from webapp.models import Monitor

MONITORS, DUE = 100_000, 10
ROUNDS = 15
GOAL_MS = 20
INTERVAL = timedelta(days=1)
LATER = INTERVAL / 2

Tick = Callable[[datetime], object]


def main() -> int:
    """Compare, print, and return the exit status."""
    with fleet(0) as service:
        interval = int(INTERVAL.total_seconds())
        service.add_monitors(MONITORS, interval_seconds=interval, next_run_at=utc_now() + LATER)
        scheduler = Scheduler(service.app.extensions["settings"], service.doorbell)
        scheduler.tick(utc_now())  # the first one looks after what an earlier one left
        pairs = [
            (_seconds(service, scheduler.tick), _seconds(service, _look_at_all))
            for _ in range(ROUNDS)
        ]
    ours, peer = (1000 * statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    print(f"our tick       {ours:8.1f} ms  (median of {ROUNDS}; {DUE} due of {MONITORS:,})")
    print(f"look at all    {peer:8.1f} ms")
    print(f"ratio          {peer / ours:8.1f}")
    print(f"goal           {ours:8.1f} < {GOAL_MS} ms")
    return 0 if ours < GOAL_MS else 1


def _seconds(service: Fleet, tick: Tick) -> float:
    """One tick, once so many are due and none of their Runs is live."""
    service.forget_runs()
    now = utc_now()
    due = select(Monitor.id).order_by(Monitor.id).limit(DUE)
    with writing():
        db.session.execute(update(Monitor).where(Monitor.id.in_(due)).values(next_run_at=now))
    started = time.perf_counter()
    tick(now)
    seconds = time.perf_counter() - started
    db.session.remove()
    return seconds


def _look_at_all(now: datetime) -> list[int]:
    """What a scheduler does at least that keeps no order of what is due."""
    columns = select(Monitor.id, Monitor.next_run_at, Monitor.paused)
    return [
        id_
        for id_, next_run_at, paused in db.session.execute(columns)
        if not paused and next_run_at <= now
    ]


if __name__ == "__main__":
    sys.exit(main())
