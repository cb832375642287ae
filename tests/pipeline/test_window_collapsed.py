import re

from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.sections import lines_of
from webapp.pipeline.values import FittedSlice, Slice
from webapp.pipeline.window import fit

KINDS = ["open {n}", "read {n} of the many blocks", "ERROR disk {n}", "  at {n}", "rare", ""]
LINES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 9)), max_size=60).map(
    lambda pairs: [kind.format(n=number) for kind, number in pairs]
)
BUSY = [f"10:{n // 60:02}:{n % 60:02} INFO request {n} served" for n in range(600)]


def text_of(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_what_fits_is_shown_line_by_line() -> None:
    fitted = fit([Slice("A", "job 1\njob 2\njob 3\n")], 10, 200, collapsed=True)

    assert (fitted.text, fitted.raw_text) == ("[A]\njob 1\njob 2\njob 3", None)


def test_what_does_not_fit_has_lines_alike_once_and_keeps_the_raw_window() -> None:
    lines = [*BUSY[:300], "10:05:00 WARN cache cold", *BUSY[300:]]

    fitted = fit([Slice("A", text_of(lines))], 100, 800, collapsed=True)

    assert fitted.text == (
        "[A]\n"
        "10:05:00 WARN cache cold\n"
        "… 599 more like the next line, since 10:00:00 …\n"
        "10:09:59 INFO request 599 served"
    )
    assert fitted.slices == (FittedSlice("A", 2, 57, False, 599),)
    assert fitted.raw_text == fit([Slice("A", text_of(lines))], 100, 800).text


def test_only_the_slice_that_does_not_fit_is_collapsed() -> None:
    calm = "job 1\njob 2\njob 3\n"

    fitted = fit([Slice("CALM", calm), Slice("BUSY", text_of(BUSY))], 100, 800, collapsed=True)

    assert fitted.text.startswith(f"[CALM]\n{calm}\n[BUSY]\n… 599 more")


def test_what_was_judged_before_is_not_counted_with_what_is_new() -> None:
    fitted = fit([Slice("A", text_of(BUSY), context_lines=500)], 100, 800, collapsed=True)

    read = [(line.times, line.new) for line in lines_of(fitted.text, ["A"]) if line.kind == "log"]

    assert read == [(500, False), (100, True)]


def test_errors_are_kept_before_newer_lines_that_are_none() -> None:
    strange = [f"note {'x' * (n + 1)}" for n in range(60)]
    lines = ["ERROR disk full on sda", *strange]

    fitted = fit([Slice("A", text_of(lines))], 12, 2000, collapsed=True)

    assert fitted.text.split("\n")[:4] == [
        "[A]",
        "… 51 earlier lines not shown, but for the next 1 line …",
        "ERROR disk full on sda",
        strange[51],
    ]


def test_errors_take_half_of_the_room_at_most() -> None:
    errors = [f"ERROR {chr(97 + n) * 9}" for n in range(26)]
    calm = [f"note {'x' * (n + 1)}" for n in range(26)]

    lines = fit([Slice("A", text_of([*errors, *calm]))], 22, 2000, collapsed=True).text.split("\n")

    assert lines[2:] == [*errors[-10:], *calm[-10:]]


def test_a_pinned_line_is_kept_however_small_the_window_and_never_collapsed() -> None:
    for collapsed in (False, True):
        fitted = fit([Slice("A", text_of(BUSY), pinned={7: ()})], 4, 200, collapsed=collapsed)

        assert BUSY[7] in fitted.text.split("\n")


def test_a_stack_trace_that_is_kept_stays_together() -> None:
    trace = ["ERROR job failed", "Traceback (most recent call last):", '  File "a.py"', "KeyError"]
    strange = [f"note {'x' * (n + 1)}" for n in range(60)]

    fitted = fit([Slice("A", text_of([*trace, *strange]))], 12, 2000, collapsed=True)

    assert fitted.text.split("\n")[2:6] == trace


@given(LINES, st.integers(0, 9), st.integers(0, 9), st.integers(0, 30), st.integers(0, 400))
def test_the_bounds_hold_and_every_line_is_shown_counted_or_said_to_be_cut(
    lines: list[str], old: int, pin: int, max_lines: int, max_chars: int
) -> None:
    lines = lines or ["one"]
    old = min(old, len(lines))
    pinned = {old + pin: ()} if old + pin < len(lines) else {}

    one = Slice("A", text_of(lines), context_lines=old, pinned=pinned)
    fitted = fit([one], max_lines, max_chars, collapsed=True)

    assert len(fitted.text) <= max_chars and len(fitted.text.split("\n")) <= max(1, max_lines)
    kept = fitted.slices[0]
    cut = re.findall(r"^… ([\d,]+) earlier lines? not shown", fitted.text, re.M)
    if fitted.text and "label not shown" not in fitted.text:
        told = kept.kept_lines + kept.alike_lines + sum(map(int, cut))
        assert told == len(lines)
        shown = [line for line in lines_of(fitted.text, ["A"]) if line.kind == "log"]
        assert kept.kept_lines == len(shown)
        assert kept.kept_lines + kept.alike_lines == sum(line.times for line in shown) or cut
