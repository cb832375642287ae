"""Is what is new like what an earlier Run had: the same kinds of line, about as many of each?

A Run keeps a profile of what was new to it, of digests and small numbers, and no text.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from webapp.pipeline.masking import masks
from webapp.pipeline.sections import Line, evidence
from webapp.pipeline.values import FittedText, Gathered

# Numbers in a profile; what is more varied than that is never the same twice.
MAX_SIZE = 4000
# Of sizes, so that no other comes near them: that of 0, and from where those below 0 are counted.
ZERO, BELOW_ZERO = -2000, -5000
LARGEST = 1000
# Percentages tell more in small steps than in doublings.
PERCENT_STEP = 5

_NUMBER = re.compile(
    r"""
      \d{4}-\d\d-\d\d | \d{1,2}(?::\d\d)+(?:[.,]\d+)?               # days and times tell nothing
    | (?<![\w.-])(?P<number>-?\d{1,30}(?:\.\d{1,30})?)(?P<percent>%?)(?:[a-zA-Zµ]{1,6}\b)?
      (?!\w|[.-]\w)
    """,
    re.VERBOSE,
)

Row = list[int]
NONE: Row = [0]


@dataclass(frozen=True)
class Profile:
    """`basis` is a digest of all that it is judged by.

    `kinds`: by a digest of the kind, how many lines of it are new, then for each number in them
    the smallest and the largest size. How many are new of an Input in all is such a row too, as
    the window shows no more than fits.
    """

    basis: str
    kinds: Mapping[str, Row]


def profile(basis: str, gathered: Sequence[Gathered], fitted: FittedText) -> Profile | None:
    """Of what is new in a text; None where that is too varied to be kept."""
    labels = [one.label for one in gathered]
    kinds = _kinds(line for line in evidence(fitted.text, labels) if line.new)
    for one in gathered:
        kinds[_digest(one.label, "all", one.new_lines is None)] = [_total(one)]
        for notice in masks(one.notices):
            kinds[_digest(one.label, "notice", notice)] = [1]
    return Profile(basis, kinds) if sum(map(len, kinds.values())) <= MAX_SIZE else None


def is_alike(now: Profile, before: Profile) -> bool:
    """Whether nothing in the one is of another kind, far more, far less, or of another size.

    Nothing new is like anything: whether silence is bad, no model is needed to say.
    """
    if now.basis != before.basis:
        return False
    if not any(row[0] for row in now.kinds.values()):
        return True
    return all(
        _is_about(now.kinds.get(kind, NONE), before.kinds.get(kind, NONE))
        for kind in {*now.kinds, *before.kinds}
    )


def _kinds(lines: Iterable[Line]) -> dict[str, Row]:
    kinds: dict[str, Row] = {}
    lines = list(lines)
    for line, kind in zip(lines, masks(line.text for line in lines), strict=True):
        sizes = _sizes(line.text)
        row = kinds.setdefault(_digest(line.label, kind, len(sizes)), [0, *_doubled(sizes)])
        row[0] += line.times
        row[1::2] = map(min, row[1::2], sizes)
        row[2::2] = map(max, row[2::2], sizes)
    return kinds


def _is_about(now: Row, before: Row) -> bool:
    """As many as before or half as many again; and of what came often, no less than about half.

    A number may be twice or half of what it was, and a percentage some points off; but nothing
    for something, or something for nothing, is another matter.
    """
    if not before[0] // 2 - 1 <= now[0] <= before[0] * 3 // 2 + 1:
        return False
    if not before[0]:
        return not now[0]
    return all(low >= was - 1 for low, was in zip(now[1::2], before[1::2], strict=False)) and all(
        high <= was + 1 for high, was in zip(now[2::2], before[2::2], strict=False)
    )


def _total(gathered: Gathered) -> int:
    return gathered.output.total_lines if gathered.new_lines is None else gathered.new_lines


def _doubled(sizes: Sequence[int]) -> list[int]:
    return [size for size in sizes for _ in range(2)]


def _sizes(text: str) -> list[int]:
    """Of the numbers that may be a measure: masks are blind to how large they are."""
    found = _NUMBER.finditer(text)
    return [_size(float(one["number"]), bool(one["percent"])) for one in found if one["number"]]


def _size(value: float, percent: bool) -> int:
    if not value:
        return ZERO
    step = int(abs(value) / PERCENT_STEP) if percent else math.frexp(value)[1]
    step = min(step, LARGEST)
    return step if value > 0 else BELOW_ZERO - step


def _digest(*parts: object) -> str:
    text = "\0".join(map(str, parts))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest()
