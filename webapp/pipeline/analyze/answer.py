"""What the model fills in, and how it becomes a Verdict whose quotes are the log's own."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from webapp.pipeline.clean import clean_text
from webapp.pipeline.masking import mask
from webapp.pipeline.sections import Line, evidence
from webapp.pipeline.values import Finding, Verdict

# Bounds of the schema, which small models need: without them they never come to an end.
# What a model writes beyond them all the same is cut, and no reason to refuse the answer.
MAX_FINDINGS = 10
MAX_CITED = 5
MAX_RECOMMENDATIONS = 6
MAX_EXPLANATION = 500
MAX_SUMMARY = 300
MAX_REPORT = 2000
MAX_RECOMMENDATION = 300

_SEVERITY_WORDS = {"warning": "warn", "error": "alert", "critical": "alert"}


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _severity(value: Any) -> Any:
    word = _word(value)
    return _SEVERITY_WORDS.get(word, word) if isinstance(word, str) else word


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _numbers(value: Any) -> list[int]:
    """Small models cite `12`, `"12"`, `"L12"` or `"12: the line"`; all of them mean 12."""
    found = (re.match(r"[^\d-]{0,8}(-?\d{1,9})", str(item)) for item in _as_list(value))
    return [int(match[1]) for match in found if match]


def _items(limit: int, read: Callable[[Any], list[Any]] = _as_list) -> tuple[Any, ...]:
    """A list whose first `limit` items count."""
    return BeforeValidator(lambda value: read(value)[:limit]), Field(max_length=limit)


def _text(limit: int, minimum: int = 0) -> tuple[Any, ...]:
    """Clean text of at most `limit` characters; what is cut ends in an ellipsis."""

    def bounded(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = clean_text(value).strip()
        return text if len(text) <= limit else text[: limit - 1] + "…"

    return BeforeValidator(bounded), Field(min_length=minimum, max_length=limit)


Recommendation = Annotated[str, *_text(MAX_RECOMMENDATION)]


class _Filled(BaseModel):
    """Every field is required by the schema that is sent; `null` or left out reads as empty."""

    @model_validator(mode="before")
    @classmethod
    def fill(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        empty = {"findings": [], "recommendations": [], "lines": [], "report": ""}
        given = {name: value for name, value in data.items() if value is not None}
        return {**{n: v for n, v in empty.items() if n in cls.model_fields}, **given}


class CitedFinding(_Filled):
    severity: Annotated[Literal["warn", "alert"], BeforeValidator(_severity)]
    explanation: Annotated[str, *_text(MAX_EXPLANATION, minimum=1)]
    lines: Annotated[list[int], *_items(MAX_CITED, _numbers)]


class Answer(_Filled):
    """The verdict on the log."""

    # They stand first, so that the status is written after the reasons for it.
    findings: Annotated[list[CitedFinding], *_items(MAX_FINDINGS)]
    status: Annotated[Literal["ok", "warn", "alert"], BeforeValidator(_word)]
    summary: Annotated[str, *_text(MAX_SUMMARY, minimum=1)]
    report: Annotated[str, *_text(MAX_REPORT)]
    recommendations: Annotated[list[Recommendation], *_items(MAX_RECOMMENDATIONS)]


def verdict_from(answer: Answer, logs_text: str, labels: Collection[str]) -> Verdict:
    """The answer with each cited line fetched from the log itself."""
    lines = {line.number: line for line in evidence(logs_text, labels)}
    return Verdict(
        status=answer.status,
        summary=" ".join(answer.summary.split()),
        report=answer.report,
        recommendations=tuple(r for r in answer.recommendations if r),
        findings=tuple(_finding(cited, lines) for cited in answer.findings),
        dropped_citations=_dropped(answer.findings, lines),
    )


def _dropped(findings: Iterable[CitedFinding], lines: Collection[int]) -> int:
    return sum(number not in lines for cited in findings for number in set(cited.lines))


def _finding(cited: CitedFinding, lines: Mapping[int, Line]) -> Finding:
    """Quotes the first real line that was cited, of new ones if there are, and names the others."""
    real = [lines[number] for number in dict.fromkeys(cited.lines) if number in lines]
    if not real:
        return Finding(cited.severity, None, None, None, cited.explanation, verified=False)
    first, *others = sorted(real, key=lambda line: not line.new)
    explanation = cited.explanation
    if others:
        explanation += f" (Also line {', '.join(str(line.number) for line in others)}.)"
    return Finding(
        cited.severity,
        first.label,
        first.number,
        first.text,
        explanation,
        verified=True,
        new=first.new,
        mixed=len({(line.label, mask(line.text)) for line in real}) > 1,
    )
