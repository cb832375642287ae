from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.collapse import collapse

TRACE = ["ERROR job {n} failed", "Traceback (most recent call last):", '  File "a.py", line {n}']


def trace(number: int) -> list[str]:
    return [line.format(n=number) for line in TRACE] + [f"KeyError: {number}"]


def test_the_newest_of_lines_alike_stands_for_all_and_tells_their_count_and_first_time() -> None:
    lines = [f"2026-01-30 10:00:{n:02} INFO request {n} served" for n in range(50)]

    collapsed = collapse([*lines[:20], "2026-01-30 10:00:19 ERROR disk full", *lines[20:]])

    assert collapsed.lines == (
        "2026-01-30 10:00:19 ERROR disk full",
        "… 49 more like the next line, since 10:00:00 …",
        "2026-01-30 10:00:49 INFO request 49 served",
    )
    assert collapsed.stands_for == ((20,), (*range(20), *range(21, 50)), (50,))


def test_a_first_time_on_another_day_is_told_with_its_day() -> None:
    lines = [f"Jun {day} 23:59:5{day - 12} web-1 ready" for day in (12, 13, 14)]

    notice, _ = collapse(lines).lines

    assert notice == "… 2 more like the next line, since Jun 12 23:59:50 …"


def test_lines_without_a_time_are_counted_without_one() -> None:
    assert collapse(["job 1 done", "job 2 done", "job 3 done"]).lines == (
        "… 2 more like the next line …",
        "job 3 done",
    )


def test_what_comes_less_than_three_times_is_shown_whole() -> None:
    lines = ("job 1 done", "lost 1", "job 2 done")

    assert collapse(lines).lines == lines


def test_rows_of_nothing_but_numbers_are_shown_whole() -> None:
    lines = ("1 20 3.5", "2 21 3.5", "3 22 3.4", "4 23 0.0")

    assert collapse(lines).lines == lines


def test_lines_that_come_equally_often_share_a_notice() -> None:
    lines = [f"{what} {n}" for n in range(9) for what in ("open", "read", "close")]

    assert collapse(lines).lines == (
        "… 8 more of each of the next 3 lines …",
        "open 8",
        "read 8",
        "close 8",
    )


def test_a_stack_trace_is_one_event_and_stays_together() -> None:
    other = ["ERROR other", "Traceback (most recent call last):", '  File "a.py", line 1', "Oops"]
    lines = [*trace(1), *other, *trace(2), "INFO fine", *trace(3)]

    assert collapse(lines).lines == (
        *other,
        "INFO fine",
        "… 2 more of each of the next 4 lines …",
        *trace(3),
    )


def test_a_java_trace_with_its_cause_is_one_event() -> None:
    def java(number: int) -> list[str]:
        frames = [f"\tat a.B.c(B.java:{number})", "\tat a.B.main(B.java:9)"]
        return [f"{number} ERROR x", "a.Oops: y", *frames, "Caused by: a.Why: z", *frames]

    # An exception's own line is not indented, and so an event; what goes on from it is of that.
    collapsed = collapse([*java(1), *java(2), *java(3)])

    assert collapsed.lines == ("… 2 more of each of the next 7 lines …", *java(3))


def test_a_text_that_is_indented_all_through_is_no_single_event() -> None:
    lines = [f"  row {n}" for n in range(1000)]

    assert len(collapse(lines).lines) < 200


@given(
    st.lists(st.sampled_from(["a 1", "a 2", "b", " x", "", "Traceback (most recent call last)"]))
)
def test_every_line_is_stood_for_exactly_once(lines: list[str]) -> None:
    collapsed = collapse(lines)

    numbers = [number for each in collapsed.stands_for for number in each]

    assert sorted(numbers) == list(range(len(lines)))
    assert len(collapsed.lines) == len(collapsed.stands_for)
