"""How late 2,000 Monitors start that run every 60 s, with an LLM that takes 2 s.

`python -m benchmarks.on_time`; exit status 1 where it falls short of the goal. The lag is from
the slot, which the schedule names, to the moment when a worker takes the Run. The peer wakes up
at as many moments and does nothing: so late is the machine by itself, as busy as it is.
"""

import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from benchmarks.fleet import Fleet, fleet
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Monitor, Run

MONITORS, INTERVAL = 2000, timedelta(seconds=60)
LLM_SECONDS = 2
PROCESSES = 2
# So few that every worker begins anew while it is measured.
MAX_JOBS = 2000
# All have loaded what they need by the end of it.
WARM_UP = timedelta(seconds=30)
MEASURED = 2 * INTERVAL
GOAL_SECONDS = 2.0


def main() -> int:
    """Measure, print, and return the exit status."""
    with fleet(LLM_SECONDS, WORKER_MAX_JOBS=str(MAX_JOBS)) as service:
        began = utc_now() + timedelta(seconds=5)
        _plan(service, began)
        workers = service.kept_running(["worker.py"], PROCESSES)
        with workers as ended, service.running(["scheduler.py"]):
            _sleep_until(began + WARM_UP)
            peer = _wake_lags(began + WARM_UP, INTERVAL / MONITORS)
            _sleep_until(began + WARM_UP + MEASURED + timedelta(seconds=2 * GOAL_SECONDS))
            ours = _start_lags(began + WARM_UP)
            skipped = db.session.scalar(select(func.sum(Monitor.skipped_slots)))
    missed = MONITORS * (MEASURED // INTERVAL) - len(ours)
    print(f"workers that began anew meanwhile: {len(ended)}")
    return _report(ours, peer, missed + (skipped or 0))


def _plan(service: Fleet, began: datetime) -> None:
    """Slots that are spread evenly over the interval."""
    for number in range(MONITORS):
        slot = began + number * INTERVAL / MONITORS
        service.add_monitors(1, interval_seconds=INTERVAL.seconds, next_run_at=slot)


def _start_lags(since: datetime) -> list[float]:
    """Seconds from its slot to the start of each Run that was measured and did start."""
    db.session.rollback()
    query = select(Run.slot, Run.started_at).where(
        Run.slot >= since, Run.slot < since + MEASURED, Run.started_at.is_not(None)
    )
    return [(started - slot).total_seconds() for slot, started in db.session.execute(query)]


def _wake_lags(since: datetime, step: timedelta) -> list[float]:
    lags = []
    for number in range(MEASURED // step):
        moment = since + number * step
        _sleep_until(moment)
        lags.append((utc_now() - moment).total_seconds())
    return lags


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - utc_now()).total_seconds()))


def _report(ours: Sequence[float], peer: Sequence[float], missed: int) -> int:
    print(f"{MONITORS:,} Monitors every {INTERVAL.seconds} s, {len(ours):,} starts measured")
    print("lag                 p50      p95      p99      max")
    for name, lags in (("our start", ours), ("waking up", peer)):
        cells = (f"{_percentile(lags, share):6.3f} s" for share in (0.5, 0.95, 0.99, 1))
        print(f"{name:14s} {' '.join(cells)}")
    p99 = _percentile(ours, 0.99)
    print(f"goal           p99 {p99:.3f} <= {GOAL_SECONDS:g} s, missed {missed} = 0")
    return 0 if p99 <= GOAL_SECONDS and not missed else 1


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    sys.exit(main())
