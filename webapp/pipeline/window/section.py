"""One slice on its way into the window: its lines, and what is to be said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from webapp.pipeline.collapse import collapse
from webapp.pipeline.sections import NO_LINES, NOTHING_NEW, disarmed
from webapp.pipeline.shapes import is_grave, telling_parts
from webapp.pipeline.values import Slice, Span

from .wording import counted


class Telling(dict[str, list[Span]]):
    """The parts of each line that say how bad it is; it is cut many times, and searched once."""

    def __missing__(self, line: str) -> list[Span]:
        parts = self[line] = telling_parts(line)
        return parts


@dataclass(frozen=True)
class Section:
    """`alike` has, for each of `lines`, how many lines it counts: 0 but for notices of repeats.

    `numbers` has the number that each has in its Slice, None for a notice. Where room is short,
    `pinned` lines come first, then `grave` blocks, from one line to before another, then the
    newest; what is to stay in sight of a pinned one is beside it. `shortened`: of each line that
    misses some of it, how many characters of the log it has, and `whole`, what it was.
    """

    label: str
    lines: tuple[str, ...]
    lost_lines: int
    torn_bytes: int
    at_least: bool
    note: str | None
    context: int | None
    alike: tuple[int, ...]
    numbers: tuple[int | None, ...]
    pinned: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    grave: tuple[Span, ...] = ()
    shortened: Mapping[int, int] = field(default_factory=dict)
    whole: Mapping[int, str] = field(default_factory=dict)
    telling: Telling = field(default_factory=Telling)

    @property
    def is_empty(self) -> bool:
        return not (self.lines or self.lost_lines or self.torn_bytes)

    @property
    def total(self) -> int:
        """Of lines that were read, shown or not."""
        return self.lost_lines + sum(count or 1 for count in self.alike)

    @property
    def nothing(self) -> str:
        """What stands in the place of lines, where there are none."""
        return NO_LINES if self.context is None else NOTHING_NEW

    @property
    def parts(self) -> list["Section"]:
        """What was judged before, and what is new, but for what is empty; by itself if untold."""
        if self.context is None:
            return [self]
        apart = replace(self, context=None, note=None)
        old = replace(apart, **self._between(0, self.context))
        new = replace(apart, **self._between(self.context, len(self.lines)))
        # What was lost is what was first.
        both = (old, replace(new, lost_lines=0)) if old.lines else (old, new)
        return [part for part in both if not part.is_empty]

    def _between(self, first: int, end: int) -> dict[str, Any]:
        inside = [(begin, to) for begin, to in self.grave if first <= begin and to <= end]
        return {
            "lines": self.lines[first:end],
            "alike": self.alike[first:end],
            "numbers": self.numbers[first:end],
            "pinned": {at - first: p for at, p in self.pinned.items() if first <= at < end},
            "grave": tuple((begin - first, to - first) for begin, to in inside),
        }

    @property
    def least_lines(self) -> int:
        if self.is_empty:
            return 1
        border = 0 if self.context is None else 1
        return len(self.parts) + border + (1 if self.note else 0)

    @property
    def least_chars(self) -> int:
        """Room in which one line, and the note, can always tell what it has or lost."""
        if self.is_empty:
            return len(self.note or self.nothing)
        note = len(self.note) + 1 if self.note else 0
        border = 0 if self.context is None else len(NOTHING_NEW) + 1
        marker = len(self.marker(self.total + 1))
        return note + border + (marker + 1) * len(self.parts) - 1

    @property
    def longest_marker(self) -> str:
        return self.marker(self.total, len(self.lines) if self.pinned or self.grave else 0)

    def marker(self, count: int, apart: int = 0) -> str:
        """`apart`: how many of the earlier lines stand below it nevertheless."""
        at_least = "at least " if self.at_least else ""
        but = f", but for the next {counted(apart, 'line')}" if apart else ""
        return f"… {at_least}{counted(count, 'earlier line')} not shown{but} …"


def section_of(one: Slice, labels: set[str]) -> Section:
    lines = one.text.removesuffix("\n").split("\n") if one.text else []
    safe = tuple(disarmed(line, labels) for line in lines)
    return Section(
        one.label,
        safe,
        one.lost_lines,
        one.torn_bytes,
        one.at_least,
        one.note,
        one.context_lines,
        alike=(0,) * len(safe),
        numbers=tuple(range(len(safe))),
        pinned=one.pinned,
    )


def collapsed_section(section: Section) -> Section:
    """What was judged before and what is new each by itself, so that a count is of the one."""
    if section.torn_bytes:
        return section
    border = section.context or 0
    old = collapse(section.lines[:border])
    new = collapse(section.lines[border:], {number - border for number in section.pinned})
    above = len(old.lines)
    place = {numbers[0]: above + i for i, numbers in enumerate(new.stands_for) if len(numbers) == 1}
    grave = [block for block in new.blocks if any(map(is_grave, new.lines[slice(*block)]))]
    # A notice counts two lines or more.
    numbers = [of[0] if len(of) == 1 else None for of in old.stands_for]
    numbers += [border + of[0] if len(of) == 1 else None for of in new.stands_for]
    return replace(
        section,
        lines=(*old.lines, *new.lines),
        context=None if section.context is None else above,
        alike=tuple(0 if len(of) == 1 else len(of) for of in (*old.stands_for, *new.stands_for)),
        numbers=tuple(numbers),
        pinned={place[number - border]: parts for number, parts in section.pinned.items()},
        grave=tuple((above + first, above + end) for first, end in reversed(grave)),
    )
