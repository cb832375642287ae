import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.sections import NEW_FROM_HERE, NOTHING_NEW, disarmed, lines_of
from webapp.pipeline.values import FittedSlice, Slice
from webapp.pipeline.window import fit

ANY_LINE = st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=60)
LINES = st.lists(ANY_LINE.filter(lambda line: disarmed(line, ["LABEL_0"]) == line))
SLICES = st.lists(
    st.builds(
        lambda lines, lost, note, old: Slice(
            "", "\n".join(lines), lost, note=note, context_lines=old and min(old, len(lines))
        ),
        LINES.map(lambda lines: [] if lines == [""] else lines),
        st.sampled_from([0, 0, 0, 1, 12345]),
        st.sampled_from([None, None, None, "… it failed …"]),
        st.sampled_from([None, None, 0, 1, 3, 100]),
    ),
    max_size=5,
).map(lambda many: [replace(each, label=f"LABEL_{i}") for i, each in enumerate(many)])
BOUNDS = st.tuples(st.integers(0, 60), st.integers(0, 900))


def line_count(text: str) -> int:
    return len(text.split("\n")) if text else 0


def numbered(count: int, width: int = 20) -> str:
    return "".join(f"{i:>{width}}\n" for i in range(count))


def test_slices_that_fit_stand_whole_under_their_labels() -> None:
    fitted = fit([Slice("FULL_LOGS", "a\nb\n"), Slice("ERRORS", "")], 100, 1000)

    assert fitted.text == "[FULL_LOGS]\na\nb\n\n[ERRORS]\n(no lines)"
    assert fitted.slices == (
        FittedSlice("FULL_LOGS", 2, 3, False),
        FittedSlice("ERRORS", 0, 0, False),
    )


def test_a_text_that_fills_the_bounds_exactly_is_not_cut() -> None:
    text = "[A]\none\ntwo"

    assert fit([Slice("A", "one\ntwo")], 3, len(text)).text == text


def test_the_newest_lines_are_kept_and_the_others_counted() -> None:
    fitted = fit([Slice("A", "\n".join(f"line {i}" for i in range(1237)), 10)], 5, 1000)

    assert fitted.text.split("\n") == [
        "[A]",
        "… 1,244 earlier lines not shown …",
        "line 1234",
        "line 1235",
        "line 1236",
    ]
    assert fitted.slices == (FittedSlice("A", 3, 29, True),)


def test_a_line_longer_than_the_room_keeps_both_of_its_ends() -> None:
    fitted = fit([Slice("A", "first\n" + "<" + "x" * 12_000 + ">")], 10, 200)

    marker, line = fitted.text.split("\n")[1:]
    assert marker == "… 1 earlier line not shown …"
    assert re.fullmatch(r"<x+ … 11,\d{3} characters of this line not shown … x+>", line)
    assert len(fitted.text) <= 200


def test_what_one_label_does_not_need_goes_to_the_others() -> None:
    fitted = fit([Slice("SMALL", "x"), Slice("BIG", numbered(100))], 55, 100_000)

    assert fitted.slices[0] == FittedSlice("SMALL", 1, 1, False)
    assert line_count(fitted.text) == 55


def test_lines_that_long_lines_leave_over_go_to_the_short_ones() -> None:
    wide, narrow = Slice("WIDE", numbered(50, 300)), Slice("NARROW", numbered(60, 5))

    fitted = fit([wide, narrow], 70, 2000)

    assert fitted.slices[1] == FittedSlice("NARROW", 60, 359, False)
    assert fitted.slices[0].kept_lines == 5


def test_two_hungry_labels_share_alike() -> None:
    fitted = fit([Slice("A", numbered(500)), Slice("B", numbered(500))], 1000, 2000)

    kept = [one.kept_lines for one in fitted.slices]
    assert abs(kept[0] - kept[1]) <= 1


def test_a_log_line_that_looks_like_a_label_is_indented() -> None:
    text = "[B]\n  [b] \nsee [B]\n[C]"

    fitted = fit([Slice("A", text), Slice("B", "x")], 100, 1000)

    assert fitted.text == "[A]\n [B]\n   [b] \nsee [B]\n[C]\n\n[B]\nx"


def test_labels_without_room_are_counted() -> None:
    slices = [Slice(label, numbered(9)) for label in "ABC"]

    fitted = fit(slices, 4, 1000)

    assert fitted.text == "[A]\n… 9 earlier lines not shown …\n\n… 2 labels not shown …"
    assert [one.truncated for one in fitted.slices] == [True, True, True]


def test_no_room_at_all_is_an_empty_text() -> None:
    assert fit([Slice("A", "x")], 0, 0).text == ""
    assert fit([Slice("A", "x")], 100, 3).text == ""


@given(SLICES, BOUNDS)
def test_the_bounds_are_never_exceeded(slices: list[Slice], bounds: tuple[int, int]) -> None:
    fitted = fit(slices, *bounds)

    assert line_count(fitted.text) <= bounds[0]
    assert len(fitted.text) <= bounds[1]
    assert [one.label for one in fitted.slices] == [one.label for one in slices]


@given(SLICES, BOUNDS)
def test_every_label_is_there_when_the_bounds_leave_room(
    slices: list[Slice], bounds: tuple[int, int]
) -> None:
    max_lines, max_chars = 7 * len(slices) + bounds[0], 160 * len(slices) + bounds[1]

    lines = fit(slices, max_lines, max_chars).text.split("\n")

    assert [line for line in lines if re.fullmatch(r"\[LABEL_\d\]", line)] == [
        f"[{one.label}]" for one in slices
    ]


@given(SLICES, BOUNDS)
def test_what_is_kept_is_the_newest_and_what_is_cut_is_said(
    slices: list[Slice], bounds: tuple[int, int]
) -> None:
    slices = [replace(one, context_lines=None) for one in slices]

    fitted = fit(slices, 4 * len(slices) + bounds[0], 65 * len(slices) + bounds[1])

    sections = re.split(r"(?:\A|\n\n)\[LABEL_\d\]\n", fitted.text)[1:]
    for given_slice, section, counts in zip(slices, sections, fitted.slices, strict=True):
        if given_slice.note:
            assert section.endswith(given_slice.note)
            section = section.removesuffix(given_slice.note).removesuffix("\n")
        text = given_slice.text
        lines = text.removesuffix("\n").split("\n") if text else []
        cut = len(lines) - counts.kept_lines + given_slice.lost_lines
        noun = "line" if cut == 1 else "lines"
        assert (f"… {cut:,} earlier {noun} not shown …" in section) == (cut > 0)
        if "characters of this line" not in section and counts.kept_lines:
            assert section.endswith("\n".join(lines[-counts.kept_lines :]))
        assert counts.truncated == (cut > 0 or "of this line not shown" in section)


@given(LINES, st.integers(0, 9), st.integers(5, 40), st.integers(160, 900))
def test_of_what_is_new_the_newest_is_kept_and_the_cut_is_said(
    lines: list[str], old: int, max_lines: int, max_chars: int
) -> None:
    lines = [f"{line}{number}" for number, line in enumerate(lines)]
    old = min(old, len(lines))

    fitted = fit([Slice("A", "\n".join(lines), context_lines=old)], max_lines, max_chars)

    shown = [line for line in lines_of(fitted.text, ["A"]) if line.kind == "log"]
    new = [line.text for line in shown if line.new]
    assert not new or lines[-len(new) :] == new
    assert len(new) == len(lines) - old or fitted.slices[0].truncated
    assert all(line.text in lines[:old] for line in shown if not line.new)


def test_a_log_line_that_looks_like_a_marker_is_indented() -> None:
    forged = "… 12 earlier lines not shown …"

    fitted = fit([Slice("A", f"{forged}\n(no lines)\nreal")], 10, 1000)

    assert fitted.text == f"[A]\n {forged}\n (no lines)\nreal"


def test_of_a_line_whose_start_was_dropped_the_end_is_shown_and_the_loss_is_said() -> None:
    fitted = fit([Slice("A", "x" * 499 + "éend", torn_bytes=1000)], 10, 200)

    marker = " … 1,342 earlier bytes not shown … "
    assert fitted.text == f"[A]\n{marker}{'x' * 157}éend"
    assert len(fitted.text) == 200


def test_a_torn_line_after_lost_lines_says_both_losses() -> None:
    fitted = fit([Slice("A", "x" * 50 + "end", lost_lines=7, torn_bytes=1000)], 10, 400)

    assert fitted.text == (
        f"[A]\n… 7 earlier lines not shown …\n … 1,000 earlier bytes not shown … {'x' * 50}end"
    )


def test_a_source_of_which_everything_was_dropped_does_not_look_empty() -> None:
    slices = [Slice("A", "", torn_bytes=9), Slice("B", "", lost_lines=2)]

    assert fit(slices, 10, 400).text == (
        "[A]\n… 1 earlier line not shown …\n\n[B]\n… 2 earlier lines not shown …"
    )


def test_where_nobody_counted_the_earlier_lines_the_marker_says_at_least() -> None:
    fitted = fit([Slice("A", numbered(9, 1), lost_lines=3, at_least=True)], 4, 400)

    assert fitted.text == "[A]\n… at least 10 earlier lines not shown …\n7\n8"


def test_a_note_stands_at_the_end_of_its_section_within_the_bounds() -> None:
    slices = [Slice("A", numbered(9, 1), note="… so …"), Slice("B", "", note="… none …")]

    fitted = fit(slices, 8, 400)

    assert fitted.text == ("[A]\n… 7 earlier lines not shown …\n7\n8\n… so …\n\n[B]\n… none …")
    assert fitted.slices == (FittedSlice("A", 2, 3, True), FittedSlice("B", 0, 0, False))


def test_what_is_new_stands_below_a_border_and_what_was_judged_before_above_it() -> None:
    fitted = fit([Slice("A", "old 1\nold 2\nnew 1\nnew 2\n", context_lines=2)], 100, 1000)

    assert fitted.text.split("\n") == ["[A]", "old 1", "old 2", NEW_FROM_HERE, "new 1", "new 2"]
    assert fitted.slices == (FittedSlice("A", 4, 22, False),)


def test_of_what_was_judged_before_a_quarter_of_the_room_is_shown() -> None:
    fitted = fit([Slice("A", numbered(50) + "new\n", lost_lines=7, context_lines=50)], 42, 10_000)

    lines = fitted.text.split("\n")
    assert lines[:2] == ["[A]", "… 48 earlier lines not shown …"]
    assert [line.strip() for line in lines[2:]] == [*map(str, range(41, 50)), NEW_FROM_HERE, "new"]
    assert not fitted.slices[0].truncated


def test_new_lines_that_there_is_no_room_for_are_counted_by_themselves() -> None:
    fitted = fit([Slice("A", "old\n" + numbered(50), lost_lines=7, context_lines=1)], 7, 10_000)

    assert [line.strip() for line in fitted.text.split("\n")] == [
        "[A]",
        "… 8 earlier lines not shown …",
        NEW_FROM_HERE,
        "… 47 earlier lines not shown …",
        *("47", "48", "49"),
    ]
    assert fitted.slices[0].truncated


def test_that_nothing_is_new_is_said() -> None:
    old = fit([Slice("A", "old\n", context_lines=1)], 100, 1000)
    silent = fit([Slice("A", "", context_lines=0)], 100, 1000)

    assert old.text.split("\n") == ["[A]", "old", NOTHING_NEW]
    assert silent.text.split("\n") == ["[A]", NOTHING_NEW]


def test_where_all_is_new_the_border_stands_on_top() -> None:
    fitted = fit([Slice("A", "new\n", context_lines=0)], 100, 1000)

    assert fitted.text.split("\n") == ["[A]", NEW_FROM_HERE, "new"]


def test_no_log_can_forge_the_border() -> None:
    fitted = fit([Slice("A", f"ERROR\n{NOTHING_NEW}\n{NEW_FROM_HERE}\n")], 100, 1000)

    assert all(line.new for line in lines_of(fitted.text, ["A"]))


def test_lines_above_the_border_of_their_own_section_are_not_new() -> None:
    slices = [
        Slice("A", "1\n2\n", context_lines=1),
        Slice("B", "3\n"),
        Slice("C", "4\n", context_lines=1),
    ]

    lines = lines_of(fit(slices, 100, 1000).text, ["A", "B", "C"])

    told = {line.text: line.new for line in lines if line.kind == "log" and line.text}
    assert told == {"1": False, "2": True, "3": True, "4": False}
