"""What the stages gave, as columns of a Run and of its Notifications."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from webapp.pipeline.redact import redact
from webapp.pipeline.values import (
    Analysis,
    FittedSlice,
    FittedText,
    Gathered,
    Planned,
    Redacted,
    StageError,
)

Secrets = Sequence[str]


def of_evidence(
    gathered: Sequence[Gathered],
    redacted: Sequence[Redacted],
    fitted: FittedText,
    secrets: Secrets,
) -> dict[str, Any]:
    """What was gathered, and the text that is judged."""
    counts: Counter[str] = Counter()
    for one in redacted:
        counts.update(one.counts)
    inputs = [
        _of_input(one, kept, secrets) for one, kept in zip(gathered, fitted.slices, strict=True)
    ]
    return {"inputs": inputs, "logs_text": fitted.text, "redactions": dict(counts)}


def of_verdict(analysis: Analysis, secrets: Secrets) -> dict[str, Any]:
    """What a model says is redacted like all else; quotes were redacted with the text."""
    verdict, usage = analysis.verdict, analysis.usage
    return {
        "verdict": verdict.status,
        "summary": _clean(verdict.summary, secrets),
        "report": _clean(verdict.report, secrets),
        "recommendations": [_clean(text, secrets) for text in verdict.recommendations],
        "findings": [
            asdict(finding) | {"explanation": _clean(finding.explanation, secrets)}
            for finding in verdict.findings
        ],
        "error_kind": None,
        "error_message": None,
        "llm_model": usage.model,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
    }


def of_error(error: StageError, secrets: Secrets) -> dict[str, Any]:
    """No summary, lest it look like a verdict."""
    message = _clean(error.message, secrets)
    return {"verdict": "error", "error_kind": error.kind, "error_message": message}


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


def _of_input(gathered: Gathered, kept: FittedSlice, secrets: Secrets) -> dict[str, Any]:
    return {
        "label": gathered.label,
        "mode": gathered.mode,
        "command": gathered.command and _clean(gathered.command, secrets),
        "status": gathered.status,
        "exit_code": gathered.exit_code,
        "duration_ms": gathered.duration_ms,
        "bytes": gathered.output.total_bytes,
        "lines": gathered.output.total_lines,
        "kept_lines": kept.kept_lines,
        "kept_chars": kept.kept_chars,
        "truncated": kept.truncated,
        "error": gathered.error and _clean(gathered.error, secrets),
        "stderr": _clean(gathered.stderr, secrets),
    }


def _clean(text: str, secrets: Secrets) -> str:
    return redact(text, secrets).text
