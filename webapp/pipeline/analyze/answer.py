"""What the model fills in, and how it becomes a Verdict whose quotes are the log's own."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from webapp.pipeline.values import Finding, Verdict

from .lines import LogLine, evidence

MAX_FINDINGS = 20
MAX_RECOMMENDATIONS = 10

_SEVERITY_WORDS = {"warning": "warn", "error": "alert", "critical": "alert"}


def _word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _severity(value: Any) -> Any:
    word = _word(value)
    return _SEVERITY_WORDS.get(word, word) if isinstance(word, str) else word


def _as_list(value: Any) -> Any:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _numbers(value: Any) -> list[int]:
    """Small models cite `12`, `"12"`, `"L12"` or `"12: the line"`; all of them mean 12."""
    found = (re.match(r"\D{0,8}(\d{1,9})", str(item)) for item in _as_list(value))
    return [int(match[1]) for match in found if match]


def _text(limit: int) -> BeforeValidator:
    """Text of at most `limit` characters; what is cut ends in an ellipsis."""

    def bounded(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value.strip()
        return text if len(text) <= limit else text[: limit - 1] + "…"

    return BeforeValidator(bounded)


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
    explanation: Annotated[str, _text(1000), Field(min_length=1)]
    lines: Annotated[list[int], BeforeValidator(_numbers)]


class Answer(_Filled):
    """The findings stand first, so that the status is written after the reasons for it."""

    findings: Annotated[list[CitedFinding], BeforeValidator(_as_list)]
    status: Annotated[Literal["ok", "warn", "alert"], BeforeValidator(_word)]
    summary: Annotated[str, _text(400), Field(min_length=1)]
    report: Annotated[str, _text(10_000)]
    recommendations: Annotated[list[Annotated[str, _text(500)]], BeforeValidator(_as_list)]


def verdict_from(answer: Answer, logs_text: str) -> Verdict:
    """The answer with each cited line fetched from the log itself."""
    lines = {line.number: line for line in evidence(logs_text)}
    return Verdict(
        status=answer.status,
        summary=" ".join(answer.summary.split()),
        report=answer.report,
        recommendations=tuple(r for r in answer.recommendations if r)[:MAX_RECOMMENDATIONS],
        findings=tuple(_finding(cited, lines) for cited in answer.findings[:MAX_FINDINGS]),
    )


def _finding(cited: CitedFinding, lines: Mapping[int, LogLine]) -> Finding:
    """Quotes the first real line that was cited, and names the others."""
    real = [lines[number] for number in dict.fromkeys(cited.lines) if number in lines]
    if not real:
        return Finding(cited.severity, None, None, None, cited.explanation, verified=False)
    first, *others = real
    explanation = cited.explanation
    if others:
        explanation += f" (Also line {', '.join(str(line.number) for line in others[:10])}.)"
    return Finding(
        cited.severity, first.label, first.number, first.text, explanation, verified=True
    )
