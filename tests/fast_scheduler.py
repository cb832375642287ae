"""The real scheduler.py, which looks for what was lost ten times as often:
python -m tests.fast_scheduler

It goes with tests.fast_worker, whose leases are as much shorter.
"""

from scheduler import main
from tests.fast_worker import FASTER, hurry
from webapp.jobs import scheduler

if __name__ == "__main__":
    hurry()
    scheduler.RECONCILE_EVERY /= FASTER
    scheduler.PATIENCE /= FASTER
    main()
