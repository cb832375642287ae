"""The nouns, a file each; their behaviour lives with them."""

from webapp.models.budget_notice import BudgetNotice
from webapp.models.claim import Claim, LeaseLost
from webapp.models.correction import Correction
from webapp.models.false_alarm import FalseAlarm
from webapp.models.heartbeat import Heartbeat
from webapp.models.llm_usage import LlmUsage
from webapp.models.log_source import LogSource
from webapp.models.measured import Measured
from webapp.models.metric_sample import MetricSample
from webapp.models.monitor import Monitor
from webapp.models.note import Note
from webapp.models.notification import Notification, NotResent
from webapp.models.past_finding import PastFinding
from webapp.models.position import Position
from webapp.models.reservation import Reservation
from webapp.models.run import Run
from webapp.models.standing import Standing
from webapp.models.tag import MonitorTag
from webapp.models.target import InUse, Target

__all__ = [
    "BudgetNotice",
    "Claim",
    "Correction",
    "FalseAlarm",
    "Heartbeat",
    "InUse",
    "LeaseLost",
    "LlmUsage",
    "LogSource",
    "Measured",
    "MetricSample",
    "Monitor",
    "MonitorTag",
    "NotResent",
    "Note",
    "Notification",
    "PastFinding",
    "Position",
    "Reservation",
    "Run",
    "Standing",
    "Target",
]
