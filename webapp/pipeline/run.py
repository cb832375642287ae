"""The story of a Run: gather, redact, window, analyze, decide whom to tell, record.

No transaction and no connection to the database is held while a command, an LLM or a mail
server is waited for.
"""

from typing import Any

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.models import Claim, LogSource
from webapp.pipeline import columns
from webapp.pipeline.analyze import analyze
from webapp.pipeline.gather import gather, require_any
from webapp.pipeline.notify import plan
from webapp.pipeline.outbox import deliver_all
from webapp.pipeline.redact import redact
from webapp.pipeline.task import Task, load_source, load_task
from webapp.pipeline.values import (
    Gathered,
    GatherLimits,
    Reading,
    Redacted,
    Slice,
    StageError,
)
from webapp.pipeline.window import fit

# How much of an Input's end is kept, so that what redaction takes away is not missing later.
KEPT_BYTES_PER_CHAR = 8
LEAST_KEPT_BYTES = 64 * 1024
LOST = "Two workers began this Run and neither finished it, so nothing was judged."
# What reading a LogSource just now shows.
READ_LINES, READ_CHARS = 50, 16_000


def execute(claim: Claim, settings: Settings) -> None:
    """Carry a claimed Run to its end. Raises LeaseLost if somebody else has it meanwhile."""
    task = load_task(claim, settings)
    if not task.judged:
        outcome = _judge(claim, task, settings)
        _record(claim, outcome, task, settings)
    deliver_all(claim.run_id, settings)
    claim.finish(utc_now(), settings.max_run_history_per_monitor)


def close_lost(claim: Claim, settings: Settings) -> None:
    """Close a Run whose attempts are used up, and tell who is to be told of an error."""
    task = load_task(claim, settings)
    if not task.judged:
        message = " ".join(filter(None, (LOST, task.last_error)))
        outcome = columns.of_error(StageError("lost", message), settings.held_secrets)
        _record(claim, outcome, task, settings)
    claim.finish(utc_now(), settings.max_run_history_per_monitor)


def read_now(source: LogSource, settings: Settings) -> Reading:
    """Read a LogSource as it is now: its last lines, redacted. Nothing is kept of it."""
    limits = _limits(READ_CHARS, settings)
    host, spec = load_source(source, settings)
    (gathered,) = gather(host, [spec], limits)
    redacted = _redacted(gathered, settings)
    fitted = fit([_slice(gathered, redacted)], READ_LINES, READ_CHARS)
    return Reading(
        ok=gathered.status == "ok",
        duration_ms=gathered.duration_ms,
        lines=tuple(fitted.text.split("\n")[1:]) if redacted.text else (),
        error=gathered.error,
    )


def _judge(claim: Claim, task: Task, settings: Settings) -> dict[str, Any]:
    """Every stage up to the verdict, each recorded; the columns that say how it came out."""
    claim.record(stage="gathering")
    gathered = gather(task.host, task.inputs, _limits(task.max_chars, settings, task))
    redacted = [_redacted(one, settings) for one in gathered]
    slices = [_slice(*pair) for pair in zip(gathered, redacted, strict=True)]
    fitted = fit(slices, task.max_lines, task.max_chars)
    secrets = settings.held_secrets
    claim.record(stage="analyzing", **columns.of_evidence(gathered, redacted, fitted, secrets))
    try:
        require_any(gathered)
        analysis = analyze(
            task.prompt,
            fitted.text,
            settings=task.llm,
            missing=[one.label for one in gathered if one.status == "failed"],
            deadline_seconds=task.seconds_left,
        )
    except StageError as error:
        return columns.of_error(error, secrets)
    return columns.of_verdict(analysis, secrets)


def _record(claim: Claim, outcome: dict[str, Any], task: Task, settings: Settings) -> None:
    planned = plan(
        outcome["verdict"],
        task.notification_config,
        mail_configured=settings.smtp_host is not None,
        sms_configured=settings.sms_url is not None,
    )
    claim.record_verdict(columns.of_outbox(planned, utc_now()), **outcome)


def _limits(max_chars: int, settings: Settings, task: Task | None = None) -> GatherLimits:
    return GatherLimits(
        max_workers=settings.max_command_workers,
        timeout_seconds=settings.command_timeout_seconds,
        keep_bytes=max(LEAST_KEPT_BYTES, KEPT_BYTES_PER_CHAR * max_chars),
        passed_env=settings.passed_env,
        total_seconds=task.seconds_left if task else None,
    )


def _redacted(gathered: Gathered, settings: Settings) -> Redacted:
    return redact(gathered.output.text, settings.held_secrets, torn=gathered.output.torn)


def _slice(gathered: Gathered, redacted: Redacted) -> Slice:
    """What was dropped already is counted, so that the window can say so."""
    output = gathered.output
    kept_lines = len(output.text.removesuffix("\n").split("\n"))
    return Slice(
        gathered.label,
        redacted.text,
        lost_lines=max(0, output.total_lines - kept_lines),
        lost_chars=output.total_bytes - len(redacted.text) if output.torn else 0,
    )
