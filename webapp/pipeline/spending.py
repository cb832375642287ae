"""What is spent beside the Runs, which count theirs with their verdicts."""

from collections.abc import Sequence
from dataclasses import asdict

from webapp.clock import utc_now
from webapp.extensions import writing
from webapp.metrics import count_usage
from webapp.models import LlmUsage
from webapp.pipeline.values import Call

# What is asked for no Monitor, or for one that is not saved, is counted under.
NO_MONITOR = 0


def count(calls: Sequence[Call], monitor_id: int | None = None) -> None:
    """What models took is spent, though nothing else of it is kept."""
    if not calls:
        return
    count_usage(calls)
    with writing():
        taken = [asdict(call.usage) for call in calls]
        LlmUsage.add(monitor_id or NO_MONITOR, utc_now().date(), taken)
