"""What is spent beside the Runs, which count theirs with their verdicts."""

from webapp.clock import utc_now
from webapp.extensions import writing
from webapp.metrics import count_usage
from webapp.models import LlmUsage
from webapp.pipeline.columns import of_usage
from webapp.pipeline.values import Usage

# What is asked for no Monitor, or for one that is not saved, is counted under.
NO_MONITOR = 0


def count(usage: Usage | None, monitor_id: int | None = None) -> None:
    """What a model took is spent, though nothing else of it is kept."""
    if usage is None or usage.model == "builtin":
        return
    count_usage(usage)
    with writing():
        LlmUsage.add(monitor_id or NO_MONITOR, utc_now().date(), of_usage(usage))
