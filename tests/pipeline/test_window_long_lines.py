"""Lines that are longer than the room that there is for them."""

import json
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.pipeline.analyze import unusual
from webapp.pipeline.normal import compare, count
from webapp.pipeline.rules import Patterns, mind_rules
from webapp.pipeline.usual import in_sight
from webapp.pipeline.values import FittedText, Gathered, Slice, Tail, Verdict
from webapp.pipeline.window import fit, slice_of

from .normal.made_up import usual, window

LEFT_OUT = re.compile(r" … ([\d,]+) characters? of this line not shown … ")
FULL = "No space left on device"
CALM = [f"10:00:{n:02} INFO {'abcdefgh'[n % 8] * (n + 5)} stored" for n in range(40)]
EITHER_WAY = pytest.mark.parametrize("collapsed", [False, True], ids=["as read", "collapsed"])
INPUTS = pytest.mark.parametrize("inputs", [1, 2])


def long_line(chars: int = 10_000, says: str = FULL) -> str:
    """JSON, with what it says in its middle."""
    fill = "x" * ((chars - len(says)) // 2)
    return json.dumps({"level": "info", "before": fill, "msg": says, "after": fill})


def slices_of(lines: Sequence[str], inputs: int, pinned: Sequence[int] = ()) -> list[Slice]:
    parts = {
        n: [(lines[n].index(FULL), lines[n].index(FULL) + len(FULL))] if FULL in lines[n] else []
        for n in pinned
    }
    return [Slice(label, "\n".join(lines), pinned=parts) for label in "AB"[:inputs]]


def at(fitted: FittedText, label: str, number: int) -> str:
    return fitted.text.split("\n")[fitted.places[label, number] - 1]


@INPUTS
@EITHER_WAY
@pytest.mark.parametrize("chars", [3_000, 4_100, 7_900, 8_200, 10_000, 300_000])
def test_a_pinned_line_of_any_length_is_there_with_what_it_is_pinned_for(
    inputs: int, collapsed: bool, chars: int
) -> None:
    lines = [*CALM[:20], long_line(chars), *CALM[20:]]

    fitted = fit(slices_of(lines, inputs, [20]), 500, 8000, collapsed=collapsed)

    assert len(fitted.text) <= 8000
    for label in "AB"[:inputs]:
        shown = at(fitted, label, 20)
        assert FULL in shown
        assert shown[:9] == lines[20][:9] and shown[-9:] == lines[20][-9:]
        assert at(fitted, label, len(lines) - 1) == CALM[-1]


@INPUTS
@EITHER_WAY
def test_several_long_lines_that_are_pinned_share_the_room(inputs: int, collapsed: bool) -> None:
    lines = list(CALM)
    for number in (5, 15, 25, 35):
        lines[number] = long_line(10_000 + number)

    fitted = fit(slices_of(lines, inputs, [5, 15, 25, 35]), 500, 8000, collapsed=collapsed)

    assert len(fitted.text) <= 8000
    for label in "AB"[:inputs]:
        shown = [at(fitted, label, number) for number in (5, 15, 25, 35)]
        assert all(FULL in line for line in shown)
        assert max(map(len, shown)) - min(map(len, shown)) < 20


def test_in_the_smallest_window_a_pinned_line_leaves_something_of_itself() -> None:
    fitted = fit(slices_of([*CALM, long_line(), *CALM], 1, [40]), 3, 200)

    assert len(fitted.text) <= 200
    assert at(fitted, "A", 40).startswith('{"level": "info"')


@INPUTS
def test_a_long_line_that_reports_a_failure_is_there_though_nothing_pins_it(inputs: int) -> None:
    lines = [*CALM[:20], long_line(), *CALM[20:]]

    fitted = fit(slices_of(lines, inputs), 500, 8000, collapsed=True)

    assert all(FULL in at(fitted, label, 20) for label in "AB"[:inputs])


def test_long_lines_of_which_none_is_pinned_leave_each_other_room() -> None:
    lines = [*CALM, *(long_line(says=f"order {n}") for n in range(9))]

    fitted = fit(slices_of(lines, 1), 500, 8000)

    assert fitted.slices[0].kept_lines == 4
    assert fitted.slices[0].truncated
    assert "… 45 earlier lines not shown …" in fitted.text
    assert all(len(at(fitted, "A", number)) > 1500 for number in range(45, 49))


def test_where_only_a_part_of_a_line_is_left_out_no_other_line_is_said_to_be() -> None:
    fitted = fit(slices_of([*CALM[:3], long_line(), *CALM[3:6]], 1, [3]), 500, 8000)

    assert "earlier" not in fitted.text
    assert fitted.slices[0].truncated
    (left_out,) = {
        len(long_line()) - len(LEFT_OUT.sub("", line))
        for line in fitted.text.split("\n")
        if LEFT_OUT.search(line)
    }
    assert sum(int(n.replace(",", "")) for n in LEFT_OUT.findall(fitted.text)) == left_out


KINDS = ["calm {}", "ERROR {0} out of memory {0}", "long {}"]
LINES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1500)), min_size=1, max_size=9)


@settings(deadline=None)
@given(
    st.lists(LINES, min_size=1, max_size=3),
    st.sets(st.integers(0, 8), max_size=4),
    st.sampled_from([None, 0, 2]),
    st.integers(1, 40),
    st.integers(0, 4000),
    st.booleans(),
)
def test_whatever_is_pinned_the_bounds_hold_and_each_line_is_shown_in_its_place(
    kinds: list[list[tuple[str, int]]],
    pins: set[int],
    old: int | None,
    max_lines: int,
    max_chars: int,
    collapsed: bool,
) -> None:
    texts = [[kind.format("x" * size) for kind, size in lines] for lines in kinds]
    slices = [
        Slice(
            str(n),
            "\n".join(lines),
            context_lines=old and min(old, len(lines)),
            pinned={pin: [(90, 99)] for pin in sorted(pins) if (old or 0) <= pin < len(lines)},
        )
        for n, lines in enumerate(texts)
    ]

    fitted = fit(slices, max_lines, max_chars, collapsed=collapsed)

    assert len(fitted.text) <= max_chars
    assert len(fitted.text.split("\n")) <= max_lines
    for label, number in fitted.places:
        pieces = LEFT_OUT.split(at(fitted, label, number))
        line = texts[int(label)][number]
        assert len("".join(pieces[::2])) + sum(
            int(n.replace(",", "")) for n in pieces[1::2]
        ) == len(line)
        assert re.fullmatch(".*".join(map(re.escape, pieces[::2])), line)
    assert len(fitted.places) == sum(one.kept_lines for one in fitted.slices)


def gave(label: str, lines: Sequence[str]) -> Gathered:
    text = "".join(f"{line}\n" for line in lines)
    return Gathered(label, "file", None, "ok", None, 1, Tail(text, len(text), len(lines)))


@INPUTS
@EITHER_WAY
def test_what_a_rule_matches_in_a_long_line_is_quoted(inputs: int, collapsed: bool) -> None:
    rules = Patterns(["(?i)no space left"])
    given_lines = [gave(label, [*CALM, long_line(), *CALM]) for label in "AB"[:inputs]]
    slices = [slice_of(one, {40: ()}) for one in given_lines]

    fitted = fit(slices, 500, 8000, collapsed=collapsed)
    verdict = mind_rules(Verdict("ok", "", ""), given_lines, fitted, rules)

    assert [finding.label for finding in verdict.findings] == ["A", "B"][:inputs]
    for finding in verdict.findings:
        assert finding.line is not None
        assert finding.quote == fitted.text.split("\n")[finding.line - 1]
        assert FULL in finding.quote


@INPUTS
@EITHER_WAY
def test_what_is_unusual_in_a_long_line_is_quoted(inputs: int, collapsed: bool) -> None:
    lines = [*window(101)[:30], f"2026-11-22 10:00:31 ERROR {FULL}: {'x' * 10_000}", *window(102)]
    given_lines = [gave(label, lines) for label in "AB"[:inputs]]
    compared = {one.label: compare(count(lines), usual()) for one in given_lines}
    slices = [slice_of(one, {30: ()}) for one in given_lines]

    fitted = fit(slices, 500, 8000, collapsed=collapsed)
    findings = unusual.findings(
        in_sight(compared, given_lines, fitted), fitted.text, list(compared)
    )

    assert [finding.label for finding in findings] == ["A", "B"][:inputs]
    for finding in findings:
        assert finding.line is not None
        assert finding.quote == fitted.text.split("\n")[finding.line - 1]
        assert FULL in finding.quote


def test_a_failure_near_the_end_of_a_line_without_end_stays_in_sight() -> None:
    line = f"job 7 {'x' * 50_000} {FULL} {'y' * 5_000}"

    fitted = fit([Slice("A", "\n".join([*CALM, line, *CALM]))], 500, 8000, collapsed=True)

    assert FULL in at(fitted, "A", 40)
