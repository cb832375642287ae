import structlog

from webapp.clock import utc_now
from webapp.jobs.doorbell import Doorbell, QueueDown
from webapp.models import Notification

log = structlog.stdlib.get_logger(__name__)


def resend(notification: Notification, doorbell: Doorbell) -> None:
    """Send a Notification again, from its first attempt on. Raises NotResent.

    Where the queue is down it waits in the database, and the scheduler rings for it once the
    queue is back.
    """
    now = utc_now()
    notification.resend(now)
    try:
        doorbell.ring_for_notifications([notification.id])
        Notification.rung([notification.id], now)
    except QueueDown as error:
        log.warning("notification waits", notification_id=notification.id, reason=str(error))
