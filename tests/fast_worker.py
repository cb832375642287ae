"""The real worker.py, whose leases end ten times as soon: python -m tests.fast_worker

For tests that kill workers, or stop them past their lease, and cannot wait for 45 seconds.
"""

from webapp.jobs import leases
from webapp.models import claim, notification, run
from worker import main

FASTER = 10


def hurry() -> None:
    run.LEASE /= FASTER
    claim.LEASE = run.LEASE
    notification.LEASE /= FASTER
    leases.BEAT_SECONDS /= FASTER


if __name__ == "__main__":
    hurry()
    main()
