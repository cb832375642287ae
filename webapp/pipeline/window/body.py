"""As much of one section as there is room for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from webapp.pipeline.sections import NEW_FROM_HERE, NOTHING_NEW

from .priorities import keep, less_of
from .section import Section
from .shorter import Shortened, end_of
from .wording import chars_of

# What was judged before is there to understand the rest by: a quarter of the room is enough.
_OF_CONTEXT = 4


@dataclass(frozen=True)
class Body:
    """What stands under a label; `kept_*` leave the markers out, and `alike` are only counted.

    `numbers` has the number of each line in its Slice, None for what is no line of it. `shortened`:
    of some lines a part is left out, so that any room more is of use.
    """

    lines: tuple[str, ...] = ()
    numbers: tuple[int | None, ...] = ()
    kept_lines: int = 0
    kept_chars: int = 0
    truncated: bool = False
    short_of_context: bool = False
    alike: int = 0
    shortened: bool = False

    @property
    def is_cut(self) -> bool:
        return self.truncated or self.short_of_context

    @property
    def chars(self) -> int:
        return chars_of(self.lines)

    def below(self, *notices: str) -> Self:
        numbers = (*(None for _ in notices), *self.numbers)
        return replace(self, lines=(*notices, *self.lines), numbers=numbers)

    def above(self, notice: str) -> Self:
        return replace(self, lines=(*self.lines, notice), numbers=(*self.numbers, None))


_NONE = Body()


def cut(section: Section, max_lines: int, max_chars: int) -> Body:
    """The newest of a section, markers and note within the bounds, if they have room for them."""
    if section.is_empty:
        return _NONE.above(section.note or section.nothing)
    cut_rest = _cut_lines if section.context is None else _cut_apart
    if not section.note:
        return cut_rest(section, max_lines, max_chars)
    return cut_rest(section, max_lines - 1, max_chars - len(section.note) - 1).above(section.note)


def _cut_apart(section: Section, max_lines: int, max_chars: int) -> Body:
    """What is new below a border, then what there is room for of what was judged before."""
    *old, last = section.parts
    if section.lines and section.context == len(section.lines):
        above = _cut_context(last, max_lines - 1, max_chars - len(NOTHING_NEW) - 1)
        return _joined(above, NOTHING_NEW, _NONE)
    lines, chars = max_lines - 1, max_chars - len(NEW_FROM_HERE) - 1
    if not old:
        return _joined(_NONE, NEW_FROM_HERE, _cut_lines(last, lines, chars))
    below = _cut_lines(last, lines - 1, chars - len(old[0].longest_marker) - 1)
    above = _cut_context(old[0], lines - len(below.lines), chars - below.chars - 1)
    return _joined(above, NEW_FROM_HERE, below)


def _cut_context(section: Section, max_lines: int, max_chars: int) -> Body:
    marker = len(section.longest_marker)
    most_lines, most_chars = max(1, max_lines // _OF_CONTEXT), max(marker, max_chars // _OF_CONTEXT)
    return _cut_lines(section, min(max_lines, most_lines), min(max_chars, most_chars))


def _joined(above: Body, border: str, below: Body) -> Body:
    upper = above.above(border)
    return Body(
        lines=(*upper.lines, *below.lines),
        numbers=(*upper.numbers, *below.numbers),
        kept_lines=above.kept_lines + below.kept_lines,
        kept_chars=above.kept_chars + below.kept_chars,
        truncated=below.truncated,
        short_of_context=above.truncated,
        alike=above.alike + below.alike,
        shortened=below.shortened,
    )


def _cut_lines(section: Section, max_lines: int, max_chars: int) -> Body:
    lines = section.lines
    if section.torn_bytes:
        return _cut_torn(section, max_lines, max_chars)
    if not section.lost_lines and len(lines) <= max_lines and chars_of(lines) <= max_chars:
        return _body(section, range(len(lines)))
    if len(lines) == 1 and not section.lost_lines:
        return _alone(section, 0, less_of(section, 0, max_chars))
    room = max_chars - len(section.longest_marker) - 1
    kept = keep(section, max_lines - 1, room)
    if kept.numbers:
        return _marked(section, _body(kept.section, kept.numbers), kept.apart)
    if not lines or max_lines < 2:
        return _marker_only(section, section.total)
    main = next(iter(section.pinned), len(lines) - 1)
    return _alone(section, main, less_of(section, main, room))


def _body(section: Section, numbers: Sequence[int]) -> Body:
    own = [number for number in numbers if not section.alike[number]]
    chars = [section.shortened.get(number, len(section.lines[number])) for number in own]
    is_shortened = not section.shortened.keys().isdisjoint(own)
    return Body(
        lines=tuple(section.lines[number] for number in numbers),
        numbers=tuple(section.numbers[number] for number in numbers),
        kept_lines=len(own),
        kept_chars=sum(chars) + max(len(chars) - 1, 0),
        truncated=is_shortened,
        alike=sum(section.alike[number] for number in numbers),
        shortened=is_shortened,
    )


def _marked(section: Section, body: Body, apart: int = 0) -> Body:
    """Below a marker that counts what is not shown, if that is anything."""
    missing = section.total - body.kept_lines - body.alike
    if not missing:
        return body
    return replace(body.below(section.marker(missing, apart)), truncated=True)


def _cut_torn(section: Section, max_lines: int, max_chars: int) -> Body:
    """The end of the one line whose start was lost, and all losses."""
    lost = section.lost_lines
    markers = (section.marker(lost),) if lost else ()
    room = max_chars - sum(len(marker) + 1 for marker in markers)
    line = section.lines[-1] if section.lines and max_lines > len(markers) else ""
    last = end_of(line, room, section.torn_bytes)
    if last is None:
        return _marker_only(section, lost + 1)
    return _only(section, len(section.lines) - 1, last).below(*markers)


def _alone(section: Section, number: int, short: Shortened | None) -> Body:
    """A line that is longer than the room; where nothing is left of it, no line."""
    if short is None:
        return _marker_only(section, section.total)
    return _marked(section, _only(section, number, short))


def _only(section: Section, number: int, short: Shortened) -> Body:
    text, chars = short
    numbers = (section.numbers[number],)
    return Body((text,), numbers, 1, chars, truncated=True, shortened=True)


def _marker_only(section: Section, lost: int) -> Body:
    return replace(_NONE.above(section.marker(lost)), truncated=True)
