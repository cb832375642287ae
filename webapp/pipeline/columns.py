"""What the stages gave, as columns of a Run and of its Notifications."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from webapp.pipeline.clean import clean_text
from webapp.pipeline.fingerprint import fingerprint
from webapp.pipeline.redact import Redactor
from webapp.pipeline.values import (
    Analysis,
    Call,
    Finding,
    FittedSlice,
    FittedText,
    Gathered,
    Planned,
    StageError,
    Usage,
)


def of_evidence(gathered: Sequence[Gathered], fitted: FittedText) -> dict[str, Any]:
    """What was gathered, redacted already, and the text that is judged."""
    counts: Counter[str] = Counter()
    for one in gathered:
        counts.update(one.redactions)
    inputs = [_of_input(*pair) for pair in zip(gathered, fitted.slices, strict=True)]
    return {
        "inputs": inputs,
        "logs_text": fitted.text,
        "raw_text": fitted.raw_text,
        "context_tokens": fitted.context_tokens,
        "window_note": fitted.note,
        "redactions": dict(counts),
    }


def of_verdict(analysis: Analysis, redactor: Redactor) -> dict[str, Any]:
    """What a model says is redacted like all else; quotes were redacted with the text."""
    verdict, usage = analysis.verdict, analysis.usage
    return {
        "verdict": verdict.status,
        "summary": _redact(verdict.summary, redactor),
        "report": _redact(verdict.report, redactor),
        "recommendations": [_redact(text, redactor) for text in verdict.recommendations],
        "findings": _of_findings(verdict.findings, redactor),
        "error_kind": None,
        "error_message": None,
        "calls": _of_calls(analysis.calls, redactor),
        **of_usage(usage),
    }


def of_usage(usage: Usage) -> dict[str, Any]:
    return {
        "llm_model": usage.model,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
        "reused_from": usage.reused_from,
        "instead_of": usage.instead_of,
    }


def of_error(
    error: StageError, redactor: Redactor, findings: Sequence[Finding] = ()
) -> dict[str, Any]:
    """No summary, lest it look like a verdict; and what LLMs took, where they were asked.

    `findings`: what was counted all the same.
    """
    return {
        "verdict": "error",
        "findings": _of_findings(findings, redactor),
        "error_kind": error.kind,
        "error_message": _redact(clean_text(error.message), redactor),
        "calls": _of_calls(error.calls, redactor),
        **(of_usage(error.usage) if error.usage else {}),
    }


def of_alert(analysis: Analysis, error: StageError, redactor: Redactor) -> dict[str, Any]:
    """What was found without a model, though nothing else was judged."""
    failed = of_error(error, redactor)
    told = {name: failed[name] for name in ("error_kind", "error_message")}
    return of_verdict(analysis, redactor) | told


def of_outbox(planned: Sequence[Planned], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "channel": row.channel,
            "recipient": row.recipient,
            "status": row.status,
            "error": row.reason,
            "due_at": now,
        }
        for row in planned
    ]


def _of_input(gathered: Gathered, kept: FittedSlice) -> dict[str, Any]:
    return {
        "label": gathered.label,
        "mode": gathered.mode,
        "command": gathered.command,
        "status": gathered.status,
        "exit_code": gathered.exit_code,
        "duration_ms": gathered.duration_ms,
        "bytes": gathered.output.total_bytes,
        "lines": gathered.output.total_lines,
        "kept_lines": kept.kept_lines,
        "kept_chars": kept.kept_chars,
        "truncated": kept.truncated,
        "alike_lines": kept.alike_lines,
        "ignored_lines": gathered.ignored_lines,
        "new_lines": gathered.new_lines,
        "notices": list(gathered.notices),
        "error": gathered.error,
        "stderr": gathered.stderr.text,
    }


def _of_findings(findings: Sequence[Finding], redactor: Redactor) -> list[dict[str, Any]]:
    return [
        asdict(finding)
        | {
            "explanation": _redact(finding.explanation, redactor),
            "fingerprint": fingerprint(finding),
        }
        for finding in findings
    ]


def _of_calls(calls: Sequence[Call], redactor: Redactor) -> list[dict[str, Any]]:
    return [
        {
            "purpose": call.purpose,
            "model": call.usage.model,
            "status": call.status,
            "error": call.error and _redact(clean_text(call.error), redactor),
            "dropped_citations": call.dropped_citations,
            "input_tokens": call.usage.input_tokens,
            "output_tokens": call.usage.output_tokens,
            "cost_usd": call.usage.cost_usd,
        }
        for call in calls
    ]


def _redact(text: str, redactor: Redactor) -> str:
    return redactor.redact(text).text
