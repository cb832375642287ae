"""The story of a Run: gather, redact, window, analyze, decide whom to tell, record.

No transaction and no connection to the database is held while a command, an LLM or a mail
server is waited for.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.metrics import (
    RUNS_TAKEN_AGAIN,
    STAGE_DURATION,
    count_redactions,
    count_reused,
    count_run,
    count_skipped,
    count_usage,
)
from webapp.models import Claim, LogSource
from webapp.models.claim import Notices, no_notices
from webapp.models.position import Reached
from webapp.pipeline import columns
from webapp.pipeline.analyze import Question
from webapp.pipeline.asked import noted
from webapp.pipeline.budget import Gate, gate_of_run, notices_of, silence_of, within
from webapp.pipeline.gather import any_read, gather, require_any
from webapp.pipeline.newness import to_keep, to_keep_unjudged
from webapp.pipeline.notify import plan, silence
from webapp.pipeline.outbox import deliver_all
from webapp.pipeline.recurrence import with_recurrence
from webapp.pipeline.redact import redact_all
from webapp.pipeline.reuse import profile_of, reused, to_reuse
from webapp.pipeline.steps import (
    Read,
    judge,
    limits_of,
    of_failed,
    question_of,
    read,
    redactor_of,
)
from webapp.pipeline.task import (
    Begun,
    Task,
    load_lost,
    load_silence,
    load_source,
    load_task,
)
from webapp.pipeline.usual import learned, lesson_of
from webapp.pipeline.values import Analysis, Gathered, Reading, StageError
from webapp.pipeline.window import fit, slice_of
from webapp.schemas import LogSourceIn
from webapp.sentences import as_sentence

log = structlog.stdlib.get_logger(__name__)

MILLISECOND = timedelta(milliseconds=1)
USED = ("llm_model", "input_tokens", "output_tokens", "cost_usd", "reused_from")
LOST = "Two workers began this Run and neither finished it, so nothing was judged."
# What reading a LogSource just now shows.
READ_LINES, READ_CHARS = 50, 16_000


def execute(claim: Claim, settings: Settings) -> None:
    """Carry a claimed Run to its end. Raises LeaseLost if somebody else has it meanwhile."""
    task = load_task(claim, settings)
    begun = task.begun
    if begun.attempt > 1:
        RUNS_TAKEN_AGAIN.inc()
    if begun.verdict is None:
        gate = gate_of_run(claim, task, settings)
        outcome, reached = _judge(claim, task, settings, gate)
        outcome = with_recurrence(outcome, claim.monitor_id, utc_now())
        planned = _plan(outcome, begun.monitor_id, task.notification_config, settings)
        notices = notices_of(gate, task, settings)
        if not any(row["status"] == "pending" for row in planned):
            _finish(claim, begun, settings, planned, reached, notices, **outcome)
            return
        claim.record_verdict(planned, reached, notices, **outcome)
        count_skipped(planned)
        begun = begun.judged(outcome)
    try:
        with _stage("notifying"):
            deliver_all(claim.run_id, settings)
    finally:  # whatever became of the news, the Run itself is done
        _finish(claim, begun, settings)


def close_lost(claim: Claim, settings: Settings) -> None:
    """Close a Run whose attempts are used up, and tell who is to be told of an error."""
    lost = load_lost(claim)
    outcome: dict[str, Any] = {}
    planned: list[dict[str, Any]] = []
    if lost.begun.verdict is None:
        message = " ".join(filter(None, (LOST, lost.last_error)))
        outcome = columns.of_error(StageError("lost", message), redactor_of(settings))
        planned = _plan(outcome, claim.monitor_id, lost.notification_config, settings)
    _finish(claim, lost.begun, settings, planned, **outcome)


def read_now(source: LogSource | LogSourceIn, settings: Settings) -> Reading:
    """Read a LogSource, saved or not, as it is now: its last lines, redacted, and kept nowhere.

    Raises Invalid for one that could not be saved.
    """
    limits = limits_of(READ_CHARS, settings)
    host, spec = load_source(source, settings)
    (gathered,) = redact_all(gather(host, [spec], limits), redactor_of(settings, [spec]))
    fitted = fit([slice_of(gathered)], READ_LINES, READ_CHARS)
    return Reading(
        ok=gathered.status == "ok",
        duration_ms=gathered.duration_ms,
        lines=() if gathered.gave_nothing else tuple(fitted.text.split("\n")[1:]),
        error=gathered.error and as_sentence(gathered.error),
    )


def _judge(
    claim: Claim, task: Task, settings: Settings, gate: Gate
) -> tuple[dict[str, Any], Reached | None]:
    """Every stage up to the verdict, each recorded; the columns that say how it came out.

    And how far its Inputs are judged with it, or at least when they spoke; None: as before.
    """
    redactor = redactor_of(settings, task.inputs, task.hidden)
    with _stage("gathering"):
        given = read(task, settings, redactor)
    gathered = given.gathered
    evidence = columns.of_evidence(gathered, given.fitted)
    new = profile_of(task, given)
    now = utc_now()
    earlier = reused(task, new, given, now)
    asked = question_of(task, given, now) if any_read(gathered) and not earlier else None
    claim.record(stage="analyzing", prompt=task.prompt, **_asked(task, gathered, asked), **evidence)
    count_redactions(evidence["redactions"])
    try:
        require_any(gathered)
        with _stage("analyzing"):
            analysis = earlier or within(
                gate, task, lambda work: judge(work, given, asked, now, gate)
            )
    except StageError as error:
        count_usage(error.calls)
        outcome = of_failed(task, given, error, redactor, utc_now())
        return outcome, _reached_unjudged(task, given)
    count_usage(analysis.calls)
    if earlier:
        count_reused()
    outcome = columns.of_verdict(analysis, redactor) | to_reuse(task, new, analysis)
    return outcome | gate.noted | _lesson(task, given, analysis), _reached(task, given, analysis)


def _reached(task: Task, given: Read, analysis: Analysis) -> Reached:
    gathered = given.gathered
    usual = learned(given.compared, gathered, analysis)
    return Reached(to_keep(task.host, task.inputs, gathered, utc_now(), usual), task.learned)


def _reached_unjudged(task: Task, given: Read) -> Reached | None:
    kept = to_keep_unjudged(task.host, task.inputs, given.gathered, utc_now())
    return Reached(kept, task.learned) if kept else None


def _lesson(task: Task, given: Read, analysis: Analysis) -> dict[str, Any]:
    verdict = analysis.verdict
    if verdict.status == "ok":
        return {}
    return {"lesson": lesson_of(task.host, task.inputs, given.gathered, given.compared, verdict)}


def _asked(task: Task, gathered: Sequence[Gathered], asked: Question | None) -> dict[str, Any]:
    """Who is asked, and what in short, whatever becomes of it; nobody, where nothing was read."""
    return {"llm_model": task.llm.model if any_read(gathered) else None, **noted(asked)}


@contextmanager
def _stage(name: str) -> Iterator[None]:
    """Measure a stage, however it ends."""
    began = time.monotonic()
    try:
        yield
    finally:
        seconds = time.monotonic() - began
        STAGE_DURATION.labels(name).observe(seconds)
        log.debug("stage done", stage=name, duration_ms=round(seconds * 1000))


def _finish(
    claim: Claim,
    begun: Begun,
    settings: Settings,
    planned: Sequence[dict[str, Any]] = (),
    reached: Reached | None = None,
    notices: Notices = no_notices,
    **outcome: Any,
) -> None:
    """End the Run and count it; `outcome` and what belongs to it, if not recorded before."""
    now = utc_now()
    if outcome:
        begun = begun.judged(outcome)
    assert begun.verdict, "it was judged just now, or by an earlier worker"
    claim.finish(now, settings.max_run_history_per_monitor, planned, reached, notices, **outcome)
    count_skipped(planned)
    lag, duration = begun.started_at - begun.due_at, now - begun.started_at
    log.info(
        "run finished",
        **claim.names,
        status=begun.verdict,
        error_kind=begun.error_kind,
        trigger=begun.trigger,
        attempt=begun.attempt,
        lag_ms=lag // MILLISECOND,
        duration_ms=duration // MILLISECOND,
        **{name: outcome[name] for name in USED if outcome.get(name) is not None},
    )
    count_run(
        status=begun.verdict,
        error_kind=begun.error_kind,
        trigger=begun.trigger,
        lag=lag,
        duration=duration,
    )


def _plan(
    outcome: Mapping[str, Any], monitor_id: int, told: Mapping[str, Any], settings: Settings
) -> list[dict[str, Any]]:
    """The rows of the outbox that this outcome asks for."""
    planned = plan(
        outcome["verdict"],
        told,
        mail_configured=settings.smtp_host is not None,
        sms_configured=settings.sms_url is not None,
    )
    now = utc_now()
    # Asked now, and not when the Run began: somebody may have muted it in between.
    reason = planned and (load_silence(monitor_id, now) or silence_of(outcome))
    return columns.of_outbox(silence(planned, reason) if reason else planned, now)
