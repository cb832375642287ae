import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.tail import MOST_LINES, TailKeeper, newest_lines
from webapp.pipeline.values import Tail


def feed_whole(keeper: TailKeeper, data: bytes) -> None:
    keeper.feed(data)


def feed_through_a_pipe(keeper: TailKeeper, data: bytes) -> None:
    read_end, write_end = os.pipe()
    for start in range(0, len(data), 60_000):
        part = data[start : start + 60_000]
        os.write(write_end, part)
        left = len(part)
        while left:
            left -= keeper.read_from(read_end)
    os.close(write_end)
    assert keeper.read_from(read_end) == 0
    os.close(read_end)


EACH_WAY = pytest.mark.parametrize("feed", [feed_whole, feed_through_a_pipe])
Feed = Callable[[TailKeeper, bytes], None]


@EACH_WAY
def test_what_is_short_is_kept_whole(feed: Feed) -> None:
    keeper = TailKeeper(100)

    feed(keeper, b"one\ntwo")

    assert keeper.tail() == Tail("one\ntwo", 7, 2)


@EACH_WAY
def test_of_what_is_long_the_last_whole_lines_are_kept(feed: Feed) -> None:
    keeper = TailKeeper(25)
    data = b"".join(b"line %07d\n" % i for i in range(200_000))

    feed(keeper, data)

    assert keeper.tail() == Tail(
        "line 0199999\n", len(data), 200_000, lost_lines=199_999, lost_bytes=len(data) - 13
    )


@EACH_WAY
def test_a_line_longer_than_the_room_is_kept_torn(feed: Feed) -> None:
    keeper = TailKeeper(10)

    feed(keeper, b"x" * 2_000_000 + b"end\n")

    assert keeper.tail() == Tail("xxxxxxend\n", 2_000_004, 1, torn=True, lost_bytes=1_999_994)


@EACH_WAY
def test_lines_that_a_lone_return_ends_are_counted_like_all_others(feed: Feed) -> None:
    keeper = TailKeeper(25)

    feed(keeper, b"FATAL\nFATAL\r\n" + b"\r".join(b"%06d %%" % i for i in range(100_000)))

    assert keeper.tail() == Tail(
        "099998 %\n099999 %", 900_012, 100_002, lost_lines=100_000, lost_bytes=899_995
    )


@pytest.mark.parametrize("keep_bytes", [5, 7])
@pytest.mark.parametrize("cut", range(15))
def test_a_line_end_of_two_bytes_is_one_wherever_it_is_cut(cut: int, keep_bytes: int) -> None:
    keeper = TailKeeper(keep_bytes)
    data = b"one\r\ntwo\r\nsix\n"

    keeper.feed(data[:cut])
    keeper.feed(data[cut:])

    assert keeper.tail() == Tail("six\n", 14, 3, lost_lines=2, lost_bytes=10)


def test_a_torn_line_does_not_count_the_lines_before_it() -> None:
    keeper = TailKeeper(10)

    keeper.feed(b"FATAL\nFATAL\n" + b"x" * 100 + b"\r\n")

    assert keeper.tail() == Tail("xxxxxxxx\n", 114, 3, torn=True, lost_lines=2, lost_bytes=104)


def test_bytes_that_were_skipped_are_counted() -> None:
    keeper = TailKeeper(100, skipped_bytes=1000)

    keeper.feed(b"rest of a line\nwhole\n")

    assert keeper.tail() == Tail("whole\n", 1021, 2, lost_lines=1, lost_bytes=1015, at_least=True)


def test_nothing_has_no_lines() -> None:
    assert TailKeeper(100).tail() == Tail("", 0, 0)


@given(st.lists(st.binary(max_size=300).map(lambda data: data.hex("\n", 7).encode())))
def test_sizes_and_lines_are_those_of_the_whole_stream(parts: list[bytes]) -> None:
    keeper = TailKeeper(64)
    whole = b"".join(parts)

    for part in parts:
        keeper.feed(part)

    tail = keeper.tail()
    assert whole.decode().endswith(tail.text)
    assert (tail.total_bytes, tail.total_lines) == (len(whole), len(whole.splitlines()))


@pytest.mark.parametrize("end", ["", "\n"])
def test_of_very_many_short_lines_the_newest_are_kept_and_the_others_counted(end: str) -> None:
    count = MOST_LINES + 3
    text = "\n".join(f"é{i}" for i in range(count)) + end
    whole = Tail(text, len(text.encode()), count, context_lines=5)

    kept = newest_lines(whole)

    assert kept.text == text[text.index("é3\n") :]
    assert (kept.lines_in_text, kept.lost_lines, kept.total_lines) == (MOST_LINES, 3, count)
    assert kept.lost_bytes + len(kept.text.encode()) == kept.total_bytes
    assert kept.context_lines == 2
    assert newest_lines(kept) == kept
