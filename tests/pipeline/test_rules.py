import time

import pytest

from webapp.pipeline.rules import (
    Matched,
    Patterns,
    RuleSet,
    Tried,
    matches,
    mind_rules,
    problem_of,
    try_rules,
    without_ignored,
)
from webapp.pipeline.values import Finding, Gathered, Tail, Verdict
from webapp.pipeline.window import fit, slice_of

FINE = Verdict("ok", "All is well.", "")


def gave(text: str, context_lines: int = 0, label: str = "LOG") -> Gathered:
    lines = text.count("\n")
    output = Tail(text, len(text), lines, context_lines=context_lines)
    return Gathered(label, "file", None, "ok", None, 1, output, continues=context_lines > 0)


def test_lines_that_are_ignored_are_gone_and_counted() -> None:
    given = gave("a\nGET /health\nb\nGET /health\n", context_lines=3)

    left = without_ignored(given, Patterns(["GET /health"]))

    assert left.output.text == "a\nb\n"
    assert (left.ignored_lines, left.output.total_lines) == (2, 2)
    assert left.output.context_lines == 2
    assert left.spoke  # a line that is to be ignored is no silence
    assert (left.new_lines, left.ignored_new_lines) == (0, 1)


def test_a_match_in_a_new_line_is_an_alert_whatever_the_verdict_was() -> None:
    given = gave("paid -1\nfine\npaid -3\npaid -4\n", context_lines=1)
    fitted = fit([slice_of(given)], 99, 999)

    verdict = mind_rules(FINE, [given], fitted, Patterns([r"paid -\d", "never"]))

    said = r"The rule “paid -\d” matches 2 lines."
    assert verdict == Verdict(
        "alert",
        f"LOG: {said} All is well.",
        "",
        findings=(Finding("alert", "LOG", 6, "paid -4", said, verified=True, by="rule"),),
    )


def test_a_match_that_was_judged_before_is_none() -> None:
    given = gave("paid -1\nfine\n", context_lines=1)

    verdict = mind_rules(FINE, [given], fit([slice_of(given)], 99, 999), Patterns(["paid"]))

    assert verdict == FINE


def test_each_pattern_tells_which_new_lines_it_matches() -> None:
    given = gave("x\nab\nb\n", context_lines=1)

    assert matches(given, Patterns(["a", "b", "x"])) == {"a": Matched(1, 1), "b": Matched(2, 2)}


def test_what_is_ignored_is_no_alert() -> None:
    rules = RuleSet(Patterns(["probe"]), Patterns(["panic", "(?i)FATAL"]))

    assert try_rules(rules, "panic: fatal\npanic in a probe\nfine\n") == [
        Tried("panic: fatal", (), ("panic", "(?i)FATAL")),
        Tried("panic in a probe", ("probe",), ()),
        Tried("fine"),
    ]


def test_lines_are_tried_as_a_run_reads_them() -> None:
    rules = RuleSet(Patterns([r"^\s+at ", "^$"]), Patterns(["disk full$"]))

    assert try_rules(rules, "  at run()\r\n\r\n\x1b[31mdisk\xa0full\x1b[0m\r\n") == [
        Tried("  at run()", (r"^\s+at ",), ()),
        Tried("", ("^$",), ()),
        Tried("disk full", (), ("disk full$",)),
    ]


def test_a_pattern_stands_on_one_line() -> None:
    assert problem_of("a\nb") == "This must stand on one line, as what it is looked for in does."


@pytest.mark.parametrize("pattern", ["(open", "a{2000}", "[z-a]", "*"])
def test_what_is_no_pattern_is_said_in_a_sentence(pattern: str) -> None:
    problem = problem_of(pattern)

    assert problem and problem.startswith("This is no pattern: ") and problem.endswith(".")


@pytest.mark.parametrize("pattern", ["(?=ahead)", r"(a)\1"])
def test_what_could_be_slow_is_said_not_to_exist(pattern: str) -> None:
    assert "no look-around and no back-references here" in (problem_of(pattern) or "")


def test_no_pattern_takes_more_than_linear_time() -> None:
    patterns = Patterns(["(a+)+$", "(a|aa)*b$"])
    began = time.process_time()

    assert patterns.in_line("a" * 1_000_000 + "!") == []
    assert time.process_time() - began < 1
