"""How things stand at the moment of a scrape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from webapp.budgets import budget_uses
from webapp.models import Heartbeat, LlmUsage, Monitor, Notification, Run
from webapp.models.llm_usage import Spent
from webapp.schemas import HealthOut

KINDS = ("scheduler", "worker")
Values = Mapping[tuple[str, ...], float]


@dataclass(frozen=True)
class Moment:
    """When it is asked, and what /health says then; `jobs`: None where the queue does not tell."""

    now: datetime
    health: HealthOut
    jobs: int | None

    def seconds_since(self, moment: datetime | None) -> float:
        """0 where there is none, or where it lies ahead."""
        return max(0.0, (self.now - moment).total_seconds()) if moment else 0.0


@dataclass(frozen=True)
class Gauge:
    """Read anew at each scrape: a value for each combination of labels."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    read: Callable[[Moment], Values]
    from_database: bool = True


def _up(moment: Moment) -> Values:
    return {(name,): float(part.ok) for name, part in moment.health.parts().items()}


def _runs_live(_moment: Moment) -> Values:
    return {(status,): number for status, number in Run.live_numbers().items()}


def _oldest_run(moment: Moment) -> Values:
    return {(): moment.seconds_since(Run.waiting_since())}


def _jobs(moment: Moment) -> Values:
    return {} if moment.jobs is None else {(): moment.jobs}


def _monitors(_moment: Moment) -> Values:
    return {(state,): number for state, number in Monitor.numbers().items()}


def _notifications_pending(_moment: Moment) -> Values:
    return {(): Notification.pending_number()}


def _overdue_notification(moment: Moment) -> Values:
    return {(): moment.seconds_since(Notification.due_since())}


def _alive(moment: Moment) -> Values:
    return {(kind,): len(Heartbeat.alive(kind, moment.now)) for kind in KINDS}


def _spent(moment: Moment, amount: Callable[[Spent], float]) -> Values:
    """By Monitor, of today and of this month; a Monitor that took nothing has none."""
    today = moment.now.date()
    firsts = {"day": today, "month": today.replace(day=1)}
    return {
        (period, str(monitor_id)): amount(spent)
        for period, first in firsts.items()
        for monitor_id, spent in LlmUsage.by("monitor_id", first, today).items()
    }


def _spent_tokens(moment: Moment) -> Values:
    return _spent(moment, lambda spent: spent.tokens)


def _spent_usd(moment: Moment) -> Values:
    return _spent(moment, lambda spent: spent.cost_usd)


def _spent_unknown(moment: Moment) -> Values:
    return _spent(moment, lambda spent: spent.unpriced_runs)


def _budgets(moment: Moment) -> Values:
    service = current_app.extensions["settings"].budget
    uses = budget_uses(service, moment.now.date())
    return {(use.cap.kind, str(use.cap.scope)): use.share for use in uses}


def _heartbeats(moment: Moment) -> Values:
    beats = Heartbeat.all_of(KINDS, moment.now)
    return {(beat.kind, beat.name): moment.seconds_since(beat.beat_at) for beat in beats}


GAUGES = (
    Gauge(
        "log_monitor_up",
        "Whether a part of the service is well, as /health says it.",
        ("part",),
        _up,
        from_database=False,
    ),
    Gauge(
        "log_monitor_runs_live",
        "Runs that are queued or running now.",
        ("status",),
        _runs_live,
    ),
    Gauge(
        "log_monitor_queue_age_seconds",
        "How long the oldest queued Run has waited for a worker; 0: none waits.",
        (),
        _oldest_run,
    ),
    Gauge(
        "log_monitor_queue_jobs",
        "Jobs in the queue that no worker has taken.",
        (),
        _jobs,
        from_database=False,
    ),
    Gauge(
        "log_monitor_monitors",
        "Monitors that are active or paused.",
        ("state",),
        _monitors,
    ),
    Gauge(
        "log_monitor_notifications_pending",
        "Notifications that are still to be sent.",
        (),
        _notifications_pending,
    ),
    Gauge(
        "log_monitor_notifications_overdue_seconds",
        "How long the oldest Notification that is due has waited; 0: none is due.",
        (),
        _overdue_notification,
    ),
    Gauge(
        "log_monitor_llm_spent_tokens",
        "Tokens that LLMs took today and this month (UTC), by the id of the Monitor; 0: of none.",
        ("period", "monitor"),
        _spent_tokens,
    ),
    Gauge(
        "log_monitor_llm_spent_usd",
        "What that cost in US dollars, where prices are known.",
        ("period", "monitor"),
        _spent_usd,
    ),
    Gauge(
        "log_monitor_llm_spent_unknown",
        "How many times an LLM was asked whose price is not known, and not in the dollars.",
        ("period", "monitor"),
        _spent_unknown,
    ),
    Gauge(
        "log_monitor_budget_used_ratio",
        "Share of a budget that is taken, by the id of the Monitor; 0: the service's own. 1: all.",
        ("budget", "monitor"),
        _budgets,
    ),
    Gauge(
        "log_monitor_processes_alive",
        "Schedulers and workers that gave a sign of life within 30 seconds.",
        ("kind",),
        _alive,
    ),
    Gauge(
        "log_monitor_heartbeat_age_seconds",
        "Since a process last showed life, until it ended in order or was silent for 5 minutes.",
        ("kind", "process"),
        _heartbeats,
    ),
)
