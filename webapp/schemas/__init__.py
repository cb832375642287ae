"""What is valid: THE rules, for forms, JSON, import and command line alike."""

from webapp.schemas.base import Invalid, Problem, merge, validate
from webapp.schemas.health import HealthOut
from webapp.schemas.log_source import LogSourceIn, LogSourceOut, LogSourceTestOut
from webapp.schemas.monitor import MonitorIn, MonitorOut, Silence
from webapp.schemas.run import RunBrief, RunOut
from webapp.schemas.target import TargetIn, TargetOut, docker_url

__all__ = [
    "HealthOut",
    "Invalid",
    "LogSourceIn",
    "LogSourceOut",
    "LogSourceTestOut",
    "MonitorIn",
    "MonitorOut",
    "Problem",
    "RunBrief",
    "RunOut",
    "Silence",
    "TargetIn",
    "TargetOut",
    "docker_url",
    "merge",
    "validate",
]
