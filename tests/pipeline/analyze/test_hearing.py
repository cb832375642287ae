"""What a model that cites nothing is asked again, and who confirms an alert."""

import pytest

from tests.pipeline.analyze.llm_stub import Reply, Stub, fails, good
from tests.pipeline.analyze.test_llm import LABELS, LOGS, settings
from webapp.pipeline.analyze import analyze_logs_with_llm
from webapp.pipeline.analyze.hearing import total
from webapp.pipeline.values import Analysis, Call, Usage

WELL = good(findings=[], status="ok", summary="All is well.")


def citing(*lines: int, status: str = "alert") -> Reply:
    found = {"severity": "alert", "explanation": "Money is lost.", "lines": list(lines)}
    return good(findings=[found], status=status)


def heard(stub: Stub, second_opinion: str | None = None, logs: str = LOGS) -> Analysis:
    return analyze_logs_with_llm(
        "Is it well?",
        logs,
        labels=LABELS,
        settings=settings(stub.url),
        second_opinion=second_opinion,
    )


def asked_for(analysis: Analysis) -> list[tuple[str, str | None, int]]:
    return [(call.purpose, call.status, call.dropped_citations) for call in analysis.calls]


def last_words(stub: Stub) -> str:
    words: str = stub.asked[-1]["messages"][1]["content"]
    return words.rpartition("\n\n")[2]


@pytest.mark.parametrize(
    ("first", "second", "status", "quotes"),
    [
        pytest.param(citing(99), citing(2), "alert", [2], id="cites a line then"),
        pytest.param(citing(), citing(98, 99), "alert", [None], id="cites none again"),
        pytest.param(citing(99, status="warn"), WELL, "ok", [], id="takes it back"),
        pytest.param(citing(99), fails(401), "alert", [None], id="cannot be asked again"),
    ],
)
def test_a_verdict_without_a_line_of_the_log_is_asked_for_once_more(
    first: Reply, second: Reply, status: str, quotes: list[int | None]
) -> None:
    with Stub(first, second) as stub:
        analysis = heard(stub)

    assert analysis.verdict.status == status
    assert [finding.line for finding in analysis.verdict.findings] == quotes
    assert [call.purpose for call in analysis.calls] == ["verdict", "citation"]
    assert len(stub.asked) == 2


def test_it_is_told_what_was_wrong_and_both_questions_are_paid_for() -> None:
    with Stub(citing(99, 2_000), citing(3)) as stub:
        analysis = heard(stub)

    assert last_words(stub).startswith(
        "You were asked this before, and said alert without citing a line of the log. The numbers "
        "that you cited are none of its lines."
    )
    assert asked_for(analysis) == [("verdict", "alert", 2), ("citation", "alert", 0)]
    assert analysis.usage == Usage("openai:test-model", input_tokens=200, output_tokens=40)


@pytest.mark.parametrize(
    ("reply", "logs"),
    [
        pytest.param(WELL, LOGS, id="ok needs no line"),
        pytest.param(citing(99, 2), LOGS, id="one real line is enough"),
        pytest.param(citing(), "[APP]", id="there is no line to cite"),
    ],
)
def test_nothing_else_is_asked_for_twice(reply: Reply, logs: str) -> None:
    with Stub(reply) as stub:
        heard(stub, logs=logs)

    assert len(stub.asked) == 1


def test_an_alert_that_is_confirmed_stands_and_says_by_whom() -> None:
    with Stub(good()) as stub:
        analysis = heard(stub, second_opinion="openai:other")

    assert analysis.verdict.status == "alert"
    assert analysis.verdict.report.endswith("\nA second opinion, by openai:other, confirms it.")
    assert [asked["model"] for asked in stub.asked] == ["test-model", "other"]
    assert stub.asked[0]["messages"] == stub.asked[1]["messages"]
    assert asked_for(analysis) == [("verdict", "alert", 0), ("second_opinion", "alert", 0)]


def test_where_the_second_disagrees_it_is_a_warning_that_shows_both() -> None:
    with Stub(good(), WELL) as stub:
        analysis = heard(stub, second_opinion="openai:other")

    verdict = analysis.verdict
    assert (verdict.status, [one.line for one in verdict.findings]) == ("warn", [2])
    assert verdict.summary == (
        "Two opinions. openai:test-model says alert: The disk is full. openai:other says ok: "
        "All is well."
    )


def test_the_same_model_may_be_asked_twice() -> None:
    with Stub(good(), WELL) as stub:
        analysis = heard(stub, second_opinion="same")

    assert analysis.verdict.summary.startswith("Two opinions. openai:test-model, asked first, says")
    assert {asked["model"] for asked in stub.asked} == {"test-model"}


def test_a_second_opinion_that_is_not_to_be_had_leaves_the_alert() -> None:
    with Stub(good(), fails(401)) as stub:
        analysis = heard(stub, second_opinion="openai:other")

    assert analysis.verdict.status == "alert"
    assert "The second opinion could not be had: openai:other" in analysis.verdict.report
    assert analysis.calls[1].error
    assert analysis.usage.input_tokens == 100


@pytest.mark.parametrize("status", ["ok", "warn"])
def test_only_an_alert_needs_a_second_opinion(status: str) -> None:
    with Stub(citing(2, status=status)) as stub:
        heard(stub, second_opinion="same")

    assert len(stub.asked) == 1


def test_a_price_that_is_not_known_makes_the_sum_unknown() -> None:
    calls = [
        Call("verdict", Usage("a", 10, 1, 0.5)),
        Call("second_opinion", Usage("b", 20, 2, 0.25)),
        Call("second_opinion", Usage("c")),
    ]

    assert total("a", calls) == Usage("a", 30, 3, 0.75)
    assert total("a", [*calls, Call("fallback", Usage("d", 1, 1))]) == Usage("a", 31, 4)
    assert total("a", calls[2:]) is None
