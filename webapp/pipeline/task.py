"""What a Run is to do, taken out of the database at once, so that no session stays open."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.clock import iso, utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Claim, LeaseLost, LogSource, Monitor, Note, Position, Run, Target, lessons
from webapp.models.log_source import target_of
from webapp.models.monitor import inputs_on, is_muted, place_of
from webapp.pipeline.analyze import SAME
from webapp.pipeline.newness import resumed
from webapp.pipeline.rules import RuleSet, rule_set
from webapp.pipeline.targets import KINDS
from webapp.pipeline.targets.kind import Here
from webapp.pipeline.usual import taught
from webapp.pipeline.values import Host, InputSpec, LlmSettings, Remark
from webapp.schemas import LogSourceIn, MonitorIn, TargetIn
from webapp.schemas.monitor import Budget, CostConfig, VerdictConfig

# How many of a Monitor's earlier Runs say how long an answer may be.
MEASURED_RUNS = 20
BEGUN = (
    Run.monitor_id,
    Run.trigger,
    Run.attempt,
    Run.slot,
    Run.created_at,
    Run.started_at,
    Run.verdict,
    Run.error_kind,
)


@dataclass(frozen=True)
class Begun:
    """How a Run came to be worked on.

    `due_at` is its slot, or when it was asked for; `started_at` when a worker first took it.
    `verdict` and `error_kind` are there where an earlier worker recorded them.
    """

    monitor_id: int
    trigger: str
    attempt: int
    due_at: datetime
    started_at: datetime
    verdict: str | None
    error_kind: str | None

    def judged(self, outcome: Mapping[str, Any]) -> "Begun":
        """It as it stands once `outcome`, the columns of a verdict or an error, is recorded."""
        return replace(self, verdict=outcome["verdict"], error_kind=outcome["error_kind"])


@dataclass(frozen=True)
class Work:
    """What is read, and how it is judged, whoever asked for it.

    `ends_at` is by the monotonic clock, as the other may be set meanwhile. `hidden`: the kinds of
    personal data that are redacted. `other_readers`: models that may read the text beside
    `llm`'s. `longest_answer`: in tokens, of that model to this Monitor of late.
    """

    host: Host
    inputs: tuple[InputSpec, ...]
    prompt: str
    max_lines: int
    max_chars: int
    rules: RuleSet
    collapse_repeats: bool
    hidden: tuple[str, ...]
    verdict_config: VerdictConfig
    remarks: tuple[Remark, ...]
    llm: LlmSettings
    other_readers: tuple[str, ...]
    longest_answer: int
    cost: CostConfig
    ends_at: float

    @property
    def seconds_left(self) -> float:
        """Until it must end; never less than one, so that a time-out is always one."""
        return max(1.0, self.ends_at - time.monotonic())


@dataclass(frozen=True)
class Task(Work):
    """What a Run is to do, and whom its Monitor tells.

    `learned`: the Runs that its Inputs now know to be normal.
    """

    begun: Begun
    learned: tuple[int, ...]
    notification_config: Mapping[str, Any]


def load_task(claim: Claim, settings: Settings) -> Task:
    """Raises LeaseLost where the Run is gone."""
    monitor_of = joinedload(Run.monitor)
    whole = (
        monitor_of.joinedload(Monitor.log_source).joinedload(LogSource.target),
        monitor_of.joinedload(Monitor.own_target),
    )
    run = db.session.get(Run, claim.run_id, populate_existing=True, options=whole)
    if run is None:
        raise LeaseLost(f"run {claim.run_id} is gone")
    monitor: Monitor = run.monitor
    host = host_of(monitor.target, settings)
    local_only = monitor.privacy_config["local_model_only"]
    llm = settings.llm(monitor.llm_model, local_only=local_only)
    cost = CostConfig.model_validate(monitor.cost_config)
    verdict_config = VerdictConfig.model_validate(monitor.verdict_config)
    to_learn = lessons.waiting(monitor.id)
    task = Task(
        begun=_begun(run),
        learned=tuple(to_learn),
        host=host,
        inputs=_resumed(host, monitor.effective_inputs(), monitor.id, to_learn),
        prompt=monitor.prompt,
        max_lines=monitor.window_config["max_lines"],
        max_chars=monitor.window_config["max_chars"],
        rules=rule_set(**monitor.rules),
        collapse_repeats=monitor.collapse_repeats,
        notification_config=monitor.notification_config,
        cost=cost,
        verdict_config=verdict_config,
        remarks=_remarks(monitor.id),
        hidden=tuple(monitor.privacy_config["redact"]),
        llm=llm,
        other_readers=_other_readers(llm, verdict_config, cost.budget, settings.budget),
        longest_answer=_longest_answer(monitor.id, llm),
        ends_at=time.monotonic() + (claim.deadline - utc_now()).total_seconds(),
    )
    db.session.remove()
    return task


@dataclass(frozen=True)
class Lost:
    """What closing a Run needs: little, as a Run may be lost because the rest is not sound.

    `last_error`: why its last worker gave up, if it said so.
    """

    begun: Begun
    notification_config: Mapping[str, Any]
    last_error: str | None


def load_draft(data: MonitorIn, settings: Settings, monitor_id: int | None = None) -> Work:
    """Of a Monitor as nobody has saved it. Raises Invalid where it could not be saved.

    It goes on from where the Monitor is that is being changed.
    """
    source, target = place_of(data)
    draft = data.model_dump()
    host = host_of(target, settings)
    llm = settings.llm(data.llm_model, local_only=data.privacy_config.local_model_only)
    budgets = data.cost_config.budget, settings.budget
    to_learn = lessons.waiting(monitor_id) if monitor_id else {}
    work = Work(
        host=host,
        inputs=_resumed(host, inputs_on(source, draft["inputs"]), monitor_id, to_learn),
        prompt=data.prompt,
        max_lines=data.window_config.max_lines,
        max_chars=data.window_config.max_chars,
        rules=rule_set(**draft["rules"]),
        collapse_repeats=data.collapse_repeats,
        hidden=tuple(data.privacy_config.redact),
        verdict_config=data.verdict_config,
        remarks=_remarks(monitor_id) if monitor_id else (),
        llm=llm,
        other_readers=_other_readers(llm, data.verdict_config, *budgets),
        longest_answer=_longest_answer(monitor_id, llm) if monitor_id else 0,
        cost=data.cost_config,
        ends_at=time.monotonic() + settings.run_timeout_seconds,
    )
    db.session.rollback()
    return work


def load_lost(claim: Claim) -> Lost:
    """Raises LeaseLost where the Run is gone."""
    columns = (Monitor.notification_config, Run.error_message, *BEGUN)
    query = select(*columns).join(Run.monitor).where(Run.id == claim.run_id)
    found = db.session.execute(query).one_or_none()
    db.session.remove()
    if found is None:
        raise LeaseLost(f"run {claim.run_id} is gone")
    return Lost(_begun(found), found.notification_config, found.error_message)


def load_silence(monitor_id: int, now: datetime) -> str | None:
    """Why nobody is to be told of its Runs now; None where they are."""
    query = select(Monitor.muted_at, Monitor.muted_until).where(Monitor.id == monitor_id)
    found = db.session.execute(query).one_or_none()
    db.session.remove()
    if not found or not is_muted(*found, now):
        return None
    until = f"until {iso(found.muted_until)}" if found.muted_until else "until it is unmuted"
    return f"The Monitor is muted {until}."


def _begun(run: Any) -> Begun:
    """Of a Run, or of a row of those columns of one."""
    return Begun(
        monitor_id=run.monitor_id,
        trigger=run.trigger,
        attempt=run.attempt,
        due_at=run.slot or run.created_at,
        started_at=run.started_at,
        verdict=run.verdict,
        error_kind=run.error_kind,
    )


def load_source(source: LogSource | LogSourceIn, settings: Settings) -> tuple[Host, InputSpec]:
    """The LogSource as an Input of its own. Raises Invalid for one that could not be saved."""
    target = source.target if isinstance(source, LogSource) else target_of(source)
    spec = InputSpec(label=source.name, mode=source.mode, config=source.config)
    loaded = host_of(target, settings), spec
    db.session.rollback()
    return loaded


def host_of(target: Target | TargetIn, settings: Settings) -> Host:
    here = Here(settings.docker_host, settings.data_dir)
    return KINDS[target.type].host(target.connection_config, here)


def _resumed(
    host: Host,
    inputs: Iterable[Mapping[str, Any]],
    monitor_id: int | None,
    to_learn: Mapping[int, Mapping[str, Any]],
) -> tuple[InputSpec, ...]:
    """`to_learn`: by the Runs that were said to be normal since the last one was judged."""
    kept = Position.of(monitor_id) if monitor_id else {}
    going_on = (resumed(host, _spec(item), kept) for item in inputs)
    return tuple(taught(host, spec, list(to_learn.values())) for spec in going_on)


def _other_readers(llm: LlmSettings, verdict: VerdictConfig, *budgets: Budget) -> tuple[str, ...]:
    """The models that judge where another is out, confirm an alert, or are cheaper."""
    cheaper = (budget.cheaper_model for budget in budgets if budget.policy == "model")
    named = dict.fromkeys((llm.fallback, verdict.second_opinion, *cheaper))
    no_other = (None, SAME, "builtin", llm.model)
    return tuple(model for model in named if model and model not in no_other)


def _longest_answer(monitor_id: int, llm: LlmSettings) -> int:
    if llm.model == "builtin":
        return 0
    used = Run.usage(monitor_id, llm.model, MEASURED_RUNS)
    return max((answer for _, _, answer in used), default=0)


def _remarks(monitor_id: int) -> tuple[Remark, ...]:
    """What people said that still holds, the newest first."""
    return tuple(
        Remark(
            kind=cast(Literal["noise", "missed"], note.kind),
            reason=note.reason,
            author=note.author,
            fingerprint=note.fingerprint,
            label=note.label,
            quote=note.quote,
            until=f"{note.expires_at:%Y-%m-%d}" if note.expires_at else None,
        )
        for note in Note.holding(monitor_id, utc_now())
    )


def _spec(item: Mapping[str, Any]) -> InputSpec:
    return InputSpec(
        label=item["label"],
        mode=item["mode"],
        command=item.get("command"),
        config=item.get("config") or {},
        timeout_seconds=item.get("timeout_seconds"),
        workdir=item.get("workdir"),
        env=item.get("env") or {},
        new_lines=item.get("new_lines") or "marked",
        expect_lines_within=item.get("expect_lines_within"),
    )
