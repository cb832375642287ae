from typing import Any

import pytest
from pydantic import ValidationError

from webapp.pipeline.analyze.answer import Answer, verdict_from
from webapp.pipeline.values import Finding, Verdict

LOGS = "[APP]\nfine\ndisk full\n\n[ERRORS]\n(no lines)\n… 3 earlier lines not shown …\nlast words"
LABELS = ["APP", "ERRORS"]
FULL: dict[str, Any] = {
    "findings": [],
    "status": "ok",
    "summary": "All is well.",
    "report": "",
    "recommendations": [],
}


def verdict(**changes: object) -> Verdict:
    return verdict_from(Answer.model_validate({**FULL, **changes}), LOGS, LABELS)


def finding(lines: object) -> Finding:
    cited = {"severity": "alert", "explanation": "The disk is full.", "lines": lines}
    (found,) = verdict(findings=[cited]).findings
    return found


def test_a_cited_line_is_quoted_by_the_program_with_its_label() -> None:
    assert finding([8]) == Finding(
        "alert", "ERRORS", 8, "last words", "The disk is full.", verified=True
    )


def test_the_first_real_line_is_quoted_and_the_others_are_named() -> None:
    assert finding([99, 3, 3, 2, 8]) == Finding(
        "alert",
        "APP",
        3,
        "disk full",
        "The disk is full. (Also line 2, 8.)",
        verified=True,
        mixed=True,
    )


@pytest.mark.parametrize(
    "lines",
    [[], None, [99], [0], [-3], [1], [4], [6], [7], ["none"]],
    ids=["none", "null", "beyond", "0", "negative", "header", "blank", "empty", "marker", "word"],
)
def test_a_finding_without_a_real_line_stays_unverified(lines: object) -> None:
    assert finding(lines) == Finding("alert", None, None, None, "The disk is full.", verified=False)


@pytest.mark.parametrize("lines", [3, "3", ["3"], ["L3"], ["line 3"], ["3: disk full"], [3.0]])
def test_numbers_may_be_written_as_small_models_do(lines: object) -> None:
    assert finding(lines).line == 3


def test_numbers_that_no_line_of_the_log_has_are_dropped_and_counted() -> None:
    cited = [
        {"severity": "warn", "explanation": "One.", "lines": [3, 99, 99, -3]},
        {"severity": "warn", "explanation": "Two.", "lines": [99, 2]},
    ]

    assert verdict(findings=cited).dropped_citations == 3
    assert verdict(findings=cited[:0]).dropped_citations == 0


def test_what_no_page_and_no_database_may_hold_is_taken_out_of_a_models_words() -> None:
    bad = "a\0\ud800\u202e\x1b[31mb"
    cited = {"severity": "warn", "explanation": bad, "lines": [3]}

    cleaned = verdict(summary=bad, report=bad, recommendations=[bad], findings=[cited])

    assert (cleaned.summary, cleaned.report, cleaned.recommendations) == ("ab", "ab", ("ab",))
    assert cleaned.findings[0].explanation == "ab"


def test_a_summary_of_nothing_that_can_be_seen_is_none() -> None:
    with pytest.raises(ValidationError):
        verdict(summary="\0\u200b")


def test_harmless_liberties_are_taken_as_they_are_meant() -> None:
    answer = {"status": " OK ", "summary": "All\nis well.", "recommendations": None, "extra": 1}

    assert verdict_from(Answer.model_validate(answer), LOGS, LABELS) == Verdict(
        "ok", "All is well.", ""
    )


@pytest.mark.parametrize("severity", ["ALERT", "critical", "error"])
def test_other_words_for_a_severity_are_understood(severity: str) -> None:
    cited = {"severity": severity, "explanation": "Full.", "lines": [3]}

    (found,) = verdict(status="alert", findings=[cited]).findings

    assert found.severity == "alert"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "fine"},
        {"status": None},
        {"status": ["ok"]},
        {"summary": " "},
        {"summary": None},
        {"findings": ["the disk"]},
        {"findings": [{"severity": "alert", "lines": [3]}]},
    ],
)
def test_an_answer_that_leaves_the_verdict_open_is_none(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        verdict(**changes)


def test_what_is_too_long_is_cut_visibly() -> None:
    cited = {"severity": "warn", "explanation": "x" * 9999, "lines": list(range(9999))}

    long = verdict(
        summary="s" * 9999,
        report="r" * 99_999,
        recommendations=["d" * 9999] * 99,
        findings=[cited] * 99,
    )

    assert long.summary == "s" * 299 + "…"
    assert long.report == "r" * 1999 + "…"
    assert long.recommendations == ("d" * 299 + "…",) * 6
    assert len(long.findings) == 10
    assert long.findings[0].explanation.startswith("x" * 499 + "…")
