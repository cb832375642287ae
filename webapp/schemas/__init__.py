"""What is valid: THE rules, for forms, JSON, import and command line alike."""

from webapp.schemas.base import Invalid, Problem, merge, validate
from webapp.schemas.bulk import BulkIn, BulkOut
from webapp.schemas.health import HealthOut
from webapp.schemas.log_source import LogSourceIn, LogSourceOut, LogSourceTestOut
from webapp.schemas.monitor import MonitorIn, MonitorOut, Silence
from webapp.schemas.offers import OffersOut
from webapp.schemas.overview import OverviewOut
from webapp.schemas.preview import PreviewOut, TryOut
from webapp.schemas.run import ChangesOut, MeasuredOut, RunBrief, RunOut
from webapp.schemas.settings import (
    MailTestIn,
    ModelAsked,
    ModelCheckOut,
    SendCheckOut,
    SettingsOut,
    SmsTestIn,
)
from webapp.schemas.starter import Starter
from webapp.schemas.target import HostKeyApproval, TargetCheckOut, TargetIn, TargetOut

__all__ = [
    "BulkIn",
    "BulkOut",
    "ChangesOut",
    "HealthOut",
    "HostKeyApproval",
    "Invalid",
    "LogSourceIn",
    "LogSourceOut",
    "LogSourceTestOut",
    "MailTestIn",
    "MeasuredOut",
    "ModelAsked",
    "ModelCheckOut",
    "MonitorIn",
    "MonitorOut",
    "OffersOut",
    "OverviewOut",
    "PreviewOut",
    "Problem",
    "RunBrief",
    "RunOut",
    "SendCheckOut",
    "SettingsOut",
    "Silence",
    "SmsTestIn",
    "Starter",
    "TargetCheckOut",
    "TargetIn",
    "TargetOut",
    "TryOut",
    "merge",
    "validate",
]
