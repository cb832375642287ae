import structlog

from webapp.clock import utc_now
from webapp.jobs.doorbell import Doorbell, QueueDown
from webapp.models import Run

log = structlog.stdlib.get_logger(__name__)


def start(monitor_id: int, trigger: str, doorbell: Doorbell) -> int:
    """Queue a Run of the Monitor; the id of the new Run, or of the live one that is there.

    Where the queue is down the Run waits in the database, and the scheduler rings for it
    once the queue is back.
    """
    now = utc_now()
    run_id, created = Run.start(monitor_id, trigger, now)
    if created:
        try:
            doorbell.ring_for_runs([run_id])
            Run.rung([run_id], now)
        except QueueDown as error:
            log.warning("run waits", run_id=run_id, monitor_id=monitor_id, reason=str(error))
    return run_id
