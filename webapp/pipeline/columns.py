"""What the stages gave, as columns of a Run and of its Notifications."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from webapp.pipeline.clean import clean_text
from webapp.pipeline.redact import Redactor
from webapp.pipeline.values import (
    Analysis,
    FittedSlice,
    FittedText,
    Gathered,
    Planned,
    StageError,
    Usage,
    Verdict,
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
        "redactions": dict(counts),
    }


def of_verdict(analysis: Analysis, redactor: Redactor) -> dict[str, Any]:
    """What a model says is redacted like all else; quotes were redacted with the text."""
    verdict, usage = analysis.verdict, analysis.usage
    return {
        "verdict": verdict.status,
        "summary": _redact(verdict.summary, redactor),
        "report": _redact(_report(verdict), redactor),
        "recommendations": [_redact(text, redactor) for text in verdict.recommendations],
        "findings": [
            asdict(finding) | {"explanation": _redact(finding.explanation, redactor)}
            for finding in verdict.findings
        ],
        "error_kind": None,
        "error_message": None,
        **of_usage(usage),
    }


def of_usage(usage: Usage) -> dict[str, Any]:
    return {
        "llm_model": usage.model,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
        "reused_from": usage.reused_from,
    }


def of_error(error: StageError, redactor: Redactor) -> dict[str, Any]:
    """No summary, lest it look like a verdict; and what an LLM took, where one was asked."""
    message = _redact(clean_text(error.message), redactor)
    used = of_usage(error.usage) if error.usage else {}
    return {"verdict": "error", "error_kind": error.kind, "error_message": message, **used}


def of_alert(analysis: Analysis, error: StageError, redactor: Redactor) -> dict[str, Any]:
    """What was found without a model, though nothing else was judged."""
    return of_verdict(analysis, redactor) | {
        name: value for name, value in of_error(error, redactor).items() if name != "verdict"
    }


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


def _report(verdict: Verdict) -> str:
    """With a last line for what a model cited and the log does not have."""
    dropped = verdict.dropped_citations
    if not dropped:
        return verdict.report
    cited = "1 cited line number" if dropped == 1 else f"{dropped:,} cited line numbers"
    return f"{verdict.report}\nDropped: {cited} that no line of the log has.".lstrip()


def _redact(text: str, redactor: Redactor) -> str:
    return redactor.redact(text).text
