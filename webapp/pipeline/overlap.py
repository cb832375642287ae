"""Which lines of an output were there the last time, for what prints its newest lines anew."""

import re
from base64 import b85decode, b85encode
from collections.abc import Sequence
from hashlib import blake2b

# Of the last output so many lines are remembered, each by so many bytes: 4 kB in all.
REMEMBERED_LINES = 500
_WIDTH = 6
# Where a log has the time of a line: at its start, or behind an address and a name.
_HEAD = 80
_TIME = re.compile(r"\d\d:\d\d:\d\d|^\[ *\d+\.\d{3,6}\]|^\d{10}(?:\d{3})?\b")


def remembered(lines: Sequence[str]) -> str:
    """The end of an output, for `seen` to find the next time."""
    return b85encode(_digests(lines[-REMEMBERED_LINES:])).decode()


def seen(lines: Sequence[str], before: str) -> int:
    """How many of the first lines were there already; `before` is what was `remembered`.

    Either all that is remembered stands somewhere in the lines, as where a whole file is printed
    that grew; or the lines begin with the end of it, as where the last hour is printed. Of several
    places the one that leaves more lines new is taken: better judged twice than never.
    """
    old, now = b85decode(before), _digests(lines)
    whole = _place_of(old, now)
    if old and whole is not None:
        return whole + len(old) // _WIDTH
    return _longest_overlap(old, now)


def is_end(lines: Sequence[str], before: str) -> bool:
    """Whether what was `remembered` ends with just these lines."""
    return b85decode(before).endswith(_digests(lines))


def is_log(lines: Sequence[str]) -> bool:
    """Whether most of the lines tell a time, so that the same line is not printed anew as such.

    `df -h` prints a state: that it is as it was does not mean that it is well.
    """
    told = [line for line in lines if line.strip()]
    return 2 * sum(bool(_TIME.search(line[:_HEAD])) for line in told) >= len(told) > 0


def _digests(lines: Sequence[str]) -> bytes:
    return b"".join(blake2b(line.encode(), digest_size=_WIDTH).digest() for line in lines)


def _place_of(old: bytes, now: bytes) -> int | None:
    """The first line from which on all of `old` stands in `now`."""
    place = now.find(old)
    while place % _WIDTH and place >= 0:
        place = now.find(old, place + 1)
    return place // _WIDTH if place >= 0 else None


def _longest_overlap(old: bytes, now: bytes) -> int:
    for size in range(min(len(old), len(now)), 0, -_WIDTH):
        if old.endswith(now[:size]):
            return size // _WIDTH
    return 0
