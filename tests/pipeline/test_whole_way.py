"""From the bytes of a stream to the text that is judged: whatever is cut on the way is said."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.pipeline.redact import Redactor, redact_all
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import FittedText, Gathered, Tail
from webapp.pipeline.window import fit, slice_of

KEPT = 64 * 1024
EARLIER = re.compile(r"… (?:at least )?([\d,]+) earlier lines? not shown …")
EARLIER_BYTES = re.compile(r" … ([\d,]+) earlier bytes? not shown … ")
MIDDLE = re.compile(r" … [\d,]+ characters? of this line not shown … ")


def tail_of(data: bytes, keep_bytes: int = KEPT, *, skipped_bytes: int = 0) -> Tail:
    keeper = TailKeeper(keep_bytes, skipped_bytes=skipped_bytes)
    keeper.feed(data)
    return keeper.tail()


def shown(tail: Tail, max_lines: int = 500, max_chars: int = 8000) -> FittedText:
    gathered = Gathered("A", "command", "x", "ok", 0, 1, tail)
    (redacted,) = redact_all([gathered], Redactor())
    return fit([slice_of(redacted)], max_lines, max_chars)


def test_lines_before_progress_output_are_counted() -> None:
    progress = b"\r".join(b"%05d %%" % n for n in range(20_000))

    text = shown(tail_of(b"FATAL\n" * 3 + progress)).text

    head, marker, *lines = text.split("\n")
    assert (head, lines[-1]) == ("[A]", "19999 %")
    assert marker == f"… {20_003 - len(lines):,} earlier lines not shown …"


def test_of_one_line_without_a_blank_the_end_is_shown_and_all_before_it_is_said() -> None:
    text = shown(tail_of(b"FATAL disk gone\n" + b"x" * 100_000 + b"end\n")).text

    head, marker, line = text.split("\n")
    assert (head, marker) == ("[A]", "… 1 earlier line not shown …")
    found = EARLIER_BYTES.match(line)
    assert found
    assert int(found[1].replace(",", "")) + len(line[found.end() :]) == 100_019
    assert line.endswith("xxxend")


def test_what_nobody_can_see_does_not_look_like_no_lines() -> None:
    assert shown(tail_of(bytes(100_000))).text == "[A]\n… 1 earlier line not shown …"


def test_of_a_stream_that_was_skipped_the_marker_claims_no_total() -> None:
    text = shown(tail_of(b"torn\none\ntwo\n", skipped_bytes=1_000_000)).text

    assert text == "[A]\n… at least 1 earlier line not shown …\none\ntwo"


WORDS = st.lists(st.sampled_from(["", " ", "x" * 50, "y" * 4000]), min_size=1, max_size=4)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
STREAMS = st.lists(st.tuples(WORDS, ENDS), max_size=60)


@given(STREAMS, st.integers(20, 20_000), st.integers(4, 70), st.integers(100, 9000))
def test_whatever_is_cut_is_said(
    stream: list[tuple[list[str], bytes]], keep_bytes: int, max_lines: int, max_chars: int
) -> None:
    lines = [f"<{n}>" + "".join(words) + f"</{n}>" for n, (words, _) in enumerate(stream)]
    data = b"".join(line.encode() + end for line, (_, end) in zip(lines, stream, strict=True))

    fitted = shown(tail_of(data, keep_bytes), max_lines, max_chars)

    (counts,) = fitted.slices
    body = fitted.text.split("\n")[1:]
    said = [int(m[1].replace(",", "")) for m in map(EARLIER.fullmatch, body) if m]
    is_cut = bool(said or EARLIER_BYTES.search(fitted.text) or MIDDLE.search(fitted.text))
    whole = [line for line in lines if line in body]
    assert counts.truncated == is_cut
    assert is_cut == (len(whole) < len(lines))
    assert sum(said) + counts.kept_lines == len(lines)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_lines_are_counted_alike_whatever_ends_them(end: bytes) -> None:
    tail = tail_of(b"".join(b"%d" % n + end for n in range(50_000)))

    assert tail.total_lines == 50_000
    assert shown(tail, 3).text.startswith("[A]\n… 49,999 earlier lines not shown …\n49999")
