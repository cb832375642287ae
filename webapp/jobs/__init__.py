"""The queue, all of it; alone in importing rq.

The database is the truth and the queue the doorbell: a job carries the id of a Run or of a
Notification and nothing else, and one that is lost, doubled or forged changes nothing but the
time it takes.
"""

from webapp.jobs.doorbell import Doorbell, QueueDown
from webapp.jobs.resend import resend
from webapp.jobs.scheduler import Scheduler
from webapp.jobs.start import start
from webapp.jobs.worker import Worker

__all__ = ["Doorbell", "QueueDown", "Scheduler", "Worker", "resend", "start"]
