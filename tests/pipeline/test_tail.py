import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.tail import TailKeeper
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

    assert keeper.tail() == Tail("line 0199999\n", len(data), 200_000)


@EACH_WAY
def test_a_line_longer_than_the_room_is_kept_torn(feed: Feed) -> None:
    keeper = TailKeeper(10)

    feed(keeper, b"x" * 2_000_000 + b"end\n")

    assert keeper.tail() == Tail("xxxxxxend\n", 2_000_004, 1, torn=True)


def test_bytes_that_were_skipped_are_counted() -> None:
    keeper = TailKeeper(100, skipped_bytes=1000)

    keeper.feed(b"rest of a line\nwhole\n")

    assert keeper.tail() == Tail("whole\n", 1021, 2)


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
