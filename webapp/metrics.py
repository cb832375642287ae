"""What the service counts of itself.

Processes come and go on many hosts, so none keeps the totals: each counts in memory, and adds
what is new to one table with its sign of life. The totals are right over all processes, outlive
them and never go back; one that is killed takes at most ten seconds of its counts with it.

A histogram whose buckets change needs a new name, as the table keeps the old buckets.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import Any, TypeVar, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from webapp.models import MetricSample
from webapp.models.metric_sample import SampleKey
from webapp.pipeline.values import Call, Channel, ErrorKind, FinalStatus

REGISTRY = CollectorRegistry()
STATUSES = get_args(FinalStatus)
TRIGGERS = ("schedule", "manual")
CHANNELS = (*get_args(Channel), "none")
OUTCOMES = ("sent", "retried", "failed", "skipped")
STAGES = ("gathering", "analyzing", "notifying")
LAG_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
WORK_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)

Kind = TypeVar("Kind", bound=MetricWrapperBase)


def _metric(
    kind: type[Kind], name: str, meaning: str, labels: dict[str, Sequence[str]], **more: Any
) -> Kind:
    """Every combination of values that are known stands at 0 from the first day, so that an
    alert sees the first one counted as a rise; a label without values gets them as they come."""
    metric = kind(name, meaning, tuple(labels), registry=REGISTRY, **more)
    if labels:
        for values in product(*labels.values()):
            metric.labels(*values)
    return metric


RUNS = _metric(
    Counter,
    "log_monitor_runs",
    "Runs that ended, by what came out and by what started them.",
    {"status": STATUSES, "trigger": TRIGGERS},
)
RUN_ERRORS = _metric(
    Counter,
    "log_monitor_run_errors",
    "Runs that ended as error, by the kind of error.",
    {"kind": get_args(ErrorKind)},
)
RUNS_TAKEN_AGAIN = _metric(
    Counter,
    "log_monitor_runs_taken_again",
    "Runs that a second worker began, as the first was lost or failed.",
    {},
)
START_LAG = _metric(
    Histogram,
    "log_monitor_run_start_lag_seconds",
    "From when a Run was due, or asked for, to when a worker first took it; of Runs that ended.",
    {"trigger": TRIGGERS},
    buckets=LAG_SECONDS,
)
RUN_DURATION = _metric(
    Histogram,
    "log_monitor_run_duration_seconds",
    "From when a worker first took a Run to its end.",
    {},
    buckets=WORK_SECONDS,
)
STAGE_DURATION = _metric(
    Histogram,
    "log_monitor_stage_duration_seconds",
    "How long each stage of a Run took.",
    {"stage": STAGES},
    buckets=WORK_SECONDS,
)
SLOTS_SKIPPED = _metric(
    Counter,
    "log_monitor_slots_skipped",
    "Slots that had no Run: the one before was still under way, or no scheduler ran.",
    {},
)
LLM_TOKENS = _metric(
    Counter,
    "log_monitor_llm_tokens",
    "Tokens of verdicts, by model, sent (input) and got (output).",
    {"model": (), "direction": ("input", "output")},
)
LLM_COST = _metric(
    Counter,
    "log_monitor_llm_cost_usd",
    "What verdicts cost in US dollars, by model, where its prices are known.",
    {"model": ()},
)
VERDICTS_REUSED = _metric(
    Counter,
    "log_monitor_verdicts_reused",
    "Runs that reused an earlier verdict, and asked no LLM.",
    {},
)
NOTIFICATIONS = _metric(
    Counter,
    "log_monitor_notifications",
    "Notifications by channel, and by what became of them or of an attempt that is retried.",
    {"channel": CHANNELS, "outcome": OUTCOMES},
)
REDACTIONS = _metric(
    Counter,
    "log_monitor_redactions",
    "Secrets that were replaced in what was gathered, by their kind.",
    {"kind": ()},
)


def count_run(
    *, status: str, error_kind: str | None, trigger: str, lag: timedelta, duration: timedelta
) -> None:
    """A Run ended. Clocks of two hosts may make a time negative, which counts as none."""
    RUNS.labels(status, trigger).inc()
    if error_kind:
        RUN_ERRORS.labels(error_kind).inc()
    START_LAG.labels(trigger).observe(max(0.0, lag.total_seconds()))
    RUN_DURATION.observe(max(0.0, duration.total_seconds()))


def count_usage(calls: Iterable[Call]) -> None:
    for usage in (call.usage for call in calls):
        LLM_TOKENS.labels(usage.model, "input").inc(usage.input_tokens or 0)
        LLM_TOKENS.labels(usage.model, "output").inc(usage.output_tokens or 0)
        LLM_COST.labels(usage.model).inc(usage.cost_usd or 0)


def count_reused() -> None:
    VERDICTS_REUSED.inc()


def count_skipped(planned: Iterable[Mapping[str, Any]]) -> None:
    """Of the Notifications that are planned, those that nobody will send."""
    for row in planned:
        if row["status"] == "skipped":
            NOTIFICATIONS.labels(row["channel"], "skipped").inc()


def count_redactions(counts: Mapping[str, int]) -> None:
    for kind, number in counts.items():
        REDACTIONS.labels(kind).inc(number)


_lock = threading.Lock()
_written: dict[SampleKey, float] = {}


def write_out() -> None:
    """Add what this process counted since the last time to what all of them counted.

    Raises SQLAlchemyError; what was not written is added the next time.
    """
    with _lock:
        counted = dict(_counted())
        new = {key: value - _written.get(key, 0) for key, value in counted.items()}
        amounts = {key: amount for key, amount in new.items() if amount}
        if amounts:
            MetricSample.add(amounts)
            _written.update(counted)


def is_additive(name: str) -> bool:
    """Whether a sample can be summed; when it was created cannot."""
    return not name.endswith("_created")


def _counted() -> Iterator[tuple[SampleKey, float]]:
    for metric in REGISTRY.collect():
        for sample in metric.samples:
            if is_additive(sample.name):
                yield SampleKey.of(sample.name, sample.labels), sample.value
