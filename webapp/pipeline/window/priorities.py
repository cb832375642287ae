"""Which lines are kept where there is no room for all: the pinned, the grave, then the newest.

Of those that are longer than their share of the room a part is left out, so that none is missing
for its length alone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from webapp.pipeline.values import Span

from .section import Section
from .shorter import Shortened, shorter

# A line that is no longer is shortened only where it has no room otherwise.
_SHORT = 300
# What is left of one has to say something.
_LEAST = 80
# Of the newest none that is shortened has more of the room.
_OF_ROOM = 4


@dataclass(frozen=True)
class Kept:
    """The numbers of lines of `section`, of which some are shorter than before.

    So many of them stand `apart`, before lines that are left out.
    """

    section: Section
    numbers: Sequence[int]
    apart: int


def keep(section: Section, max_lines: int, max_chars: int) -> Kept:
    section = _less_of_grave(_less_of_pinned(section, max_chars), max_chars)
    apart = _apart(section, max_lines, max_chars)
    section, first = _newest(section, apart, max_lines, max_chars)
    before = sorted(number for number in apart if number < first)
    return Kept(section, [*before, *range(first, len(section.lines))], len(before))


def less_of(section: Section, number: int, max_chars: int) -> Shortened | None:
    """A line without what there is no room for, but with what it is kept for."""
    line = section.whole.get(number, section.lines[number])
    return shorter(line, max_chars, [*section.pinned.get(number, ()), *section.telling[line]])


def _less_of_pinned(section: Section, max_chars: int) -> Section:
    """They have half of the room, and what others do not need; all of it, where they are many."""
    lengths = [len(section.lines[number]) for number in section.pinned]
    others = _taken(section) - _taken(section, section.pinned)
    longest = _longest(lengths, _share(max_chars, others))
    at_least = min(_SHORT, _longest(lengths, max_chars))
    return _no_longer(section, section.pinned, max(longest, at_least, _LEAST))


def _less_of_grave(section: Section, max_chars: int) -> Section:
    """They have half of what the pinned leave, and what others do not need."""
    grave = set(_numbers(section.grave)).difference(section.pinned)
    left = max_chars - _taken(section, section.pinned)
    share = _share(left, _taken(section) - _taken(section, grave.union(section.pinned)))
    longest = max(_longest([len(section.lines[number]) for number in grave], share), _SHORT)
    return _no_longer(section, grave, min(longest, share))


def _no_longer(section: Section, numbers: Iterable[int], longest: int) -> Section:
    if longest < _LEAST:
        return section
    long = [number for number in numbers if len(section.lines[number]) > longest]
    return _with(section, {n: short for n in long if (short := less_of(section, n, longest))})


def _with(section: Section, shorter_lines: Mapping[int, Shortened]) -> Section:
    if not shorter_lines:
        return section
    lines, shortened, whole = list(section.lines), dict(section.shortened), dict(section.whole)
    for number, (text, chars) in shorter_lines.items():
        whole.setdefault(number, lines[number])
        lines[number], shortened[number] = text, chars
    return replace(section, lines=tuple(lines), shortened=shortened, whole=whole)


def _apart(section: Section, max_lines: int, max_chars: int) -> set[int]:
    """Lines that are kept before the newest are."""
    pinned = _Taken(section, max_lines, max_chars)
    for number in section.pinned:
        pinned.add({number})
    others = pinned.numbers.union(_numbers(section.grave))
    grave = _Taken(
        section,
        _share(max_lines - len(pinned.numbers), len(section.lines) - len(others)),
        _share(max_chars - pinned.chars, _taken(section) - _taken(section, others)),
    )
    for first, end in section.grave:
        grave.add(set(range(first, end)) - pinned.numbers)
    return pinned.numbers | grave.numbers


class _Taken:
    """Lines that have so much room together: all of a block, or none of it."""

    def __init__(self, section: Section, max_lines: int, max_chars: int) -> None:
        self.numbers: set[int] = set()
        self.chars = 0
        self._section, self._max_lines, self._max_chars = section, max_lines, max_chars

    def add(self, block: Collection[int]) -> None:
        chars = self.chars + _taken(self._section, block)
        # The last of all lines needs no line end.
        if len(self.numbers) + len(block) <= self._max_lines and chars <= self._max_chars + 1:
            self.numbers.update(block)
            self.chars = chars


def _newest(
    section: Section, apart: Collection[int], max_lines: int, max_chars: int
) -> tuple[Section, int]:
    """From which on all lines are kept, in the room that those `apart` leave."""
    lines_left, left = max_lines - len(apart), max_chars + 1 - _taken(section, apart)
    older = _taken(section) - _taken(section, apart)
    shortened = {}
    first = len(section.lines)
    while first:
        number = first - 1
        if number not in apart:
            needed = len(section.lines[number]) + 1
            older -= needed
            if needed > left and lines_left:
                room = min(left, max(max_chars // _OF_ROOM, left - older)) - 1
                less = _less_of_long(section, number, room)
                if less:
                    shortened[number] = less
                    needed = len(less[0]) + 1
            lines_left, left = lines_left - 1, left - needed
            if left < 0 or lines_left < 0:
                break
        first = number
    return _with(section, shortened), first


def _less_of_long(section: Section, number: int, room: int) -> Shortened | None:
    """Only of a line that is long in itself: where the room ends, any other is left out whole."""
    is_long = len(section.lines[number]) > _SHORT and room >= _SHORT
    return less_of(section, number, room) if is_long else None


def _share(room: int, others: int) -> int:
    """Half of the room, and what others do not need of the rest."""
    return max(room // 2, room - others)


def _longest(lengths: Sequence[int], room: int) -> int:
    """The length from which on lines must be shortened to have room together."""
    left = room + 1
    for done, length in enumerate(sorted(lengths)):
        each = left // (len(lengths) - done)
        if length + 1 > each:
            return each - 1
        left -= length + 1
    return max(lengths, default=0)


def _numbers(spans: Iterable[Span]) -> set[int]:
    return {number for span in spans for number in range(*span)}


def _taken(section: Section, numbers: Collection[int] | None = None) -> int:
    """The characters of these lines, or of all, each with its line end."""
    lines = section.lines if numbers is None else [section.lines[n] for n in numbers]
    return sum(map(len, lines)) + len(lines)
