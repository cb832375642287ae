"""Which lines of an output were there before."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.overlap import REMEMBERED_LINES, is_log, remembered, seen


def stamped(count: int, start: int = 0) -> list[str]:
    return [f"line {number}" for number in range(start, start + count)]


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_of_lines_that_differ_exactly_those_are_seen_that_were_there(
    printed: int, forgotten: int, new: int
) -> None:
    log = stamped(printed + new)
    forgotten = min(forgotten, printed)

    assert seen(log[forgotten:], remembered(log[:printed])) == printed - forgotten


def test_an_output_far_longer_than_what_is_remembered_is_found_again() -> None:
    log = stamped(3 * REMEMBERED_LINES)

    assert seen([*log, "new"], remembered(log)) == len(log)


def test_what_came_and_went_between_two_outputs_leaves_nothing_seen() -> None:
    assert seen(stamped(5, start=50), remembered(stamped(5))) == 0


def test_an_output_that_only_grows_by_equal_lines_has_its_new_ones() -> None:
    assert seen(["a"] * 5, remembered(["a"] * 3)) == 3


def test_where_it_could_be_either_more_is_new() -> None:
    before, between = ["tick", "tock"], ["tick", "tock"]

    assert seen([*before, "x", *between], remembered(before)) == 2


@given(st.lists(st.sampled_from("ab"), max_size=12), st.lists(st.sampled_from("ab"), max_size=6))
def test_of_a_log_that_grows_no_new_line_is_ever_taken_for_an_old_one(
    old: list[str], new: list[str]
) -> None:
    assert seen([*old, *new], remembered(old)) <= len(old)


def test_lines_with_times_are_a_log_and_a_table_is_a_state() -> None:
    logs = [
        "2026-01-31T08:00:00Z started",
        "Jan 31 08:00:00 host sshd[1]: session opened",
        '203.0.113.7 - - [31/Jan/2026:08:00:00 +0000] "GET / HTTP/1.1" 200',
        "I0131 08:00:00.000000 1 main.go:1] started",
        "[   12.345678] usb 1-1: new device",
        "1769846400 started",
    ]
    df = ["Filesystem  Size  Used Avail Use% Mounted on", "/dev/sda1   40G  39G  1G  98% /"]

    assert all(is_log([line]) for line in logs)
    assert not is_log(df)
    assert not is_log([])
    assert is_log([logs[0], "  at Main.run(Main.java:12)"])
