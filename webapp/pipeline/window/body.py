"""As much of one section as there is room for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from webapp.pipeline.sections import NEW_FROM_HERE, NOTHING_NEW

from .section import Section
from .wording import bytes_marker, chars_of, middle_marker

# What was judged before is there to understand the rest by: a quarter of the room is enough.
_OF_CONTEXT = 4


@dataclass(frozen=True)
class Body:
    """What stands under a label; `kept_*` leave the markers out, and `alike` are only counted."""

    lines: tuple[str, ...]
    kept_lines: int
    kept_chars: int
    truncated: bool
    short_of_context: bool = False
    alike: int = 0

    @property
    def is_cut(self) -> bool:
        return self.truncated or self.short_of_context

    @property
    def chars(self) -> int:
        return chars_of(self.lines)


_NONE = Body((), 0, 0, False)


def cut(section: Section, max_lines: int, max_chars: int) -> Body:
    """The newest of a section, markers and note within the bounds, if they have room for them."""
    if section.is_empty:
        return Body((section.note or section.nothing,), 0, 0, False)
    cut_rest = _cut_lines if section.context is None else _cut_apart
    if not section.note:
        return cut_rest(section, max_lines, max_chars)
    body = cut_rest(section, max_lines - 1, max_chars - len(section.note) - 1)
    return replace(body, lines=(*body.lines, section.note))


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
    return Body(
        lines=(*above.lines, border, *below.lines),
        kept_lines=above.kept_lines + below.kept_lines,
        kept_chars=above.kept_chars + below.kept_chars,
        truncated=below.truncated,
        short_of_context=above.truncated,
        alike=above.alike + below.alike,
    )


def _cut_lines(section: Section, max_lines: int, max_chars: int) -> Body:
    lines = section.lines
    if section.torn_bytes:
        return _cut_torn(section, max_lines, max_chars)
    if not section.lost_lines and len(lines) <= max_lines and chars_of(lines) <= max_chars:
        return _body(section, range(len(lines)))
    if len(lines) == 1 and not section.lost_lines:
        return _alone(lines[0], max_chars) or _marker_only(section, 1)
    room = max_chars - len(section.longest_marker) - 1
    apart = _apart(section, max_lines - 1, room)
    first = _first_of_newest(lines, apart, max_lines - 1, room)
    kept = [*sorted(number for number in apart if number < first), *range(first, len(lines))]
    if kept:
        return _marked(section, _body(section, kept), len(kept) - (len(lines) - first))
    main = section.pinned[0] if section.pinned else -1
    last = _alone(lines[main], room) if lines and max_lines > 1 else None
    if last is None:
        return _marker_only(section, section.total)
    return replace(last, lines=(section.marker(section.total - 1), *last.lines))


def _body(section: Section, numbers: Sequence[int]) -> Body:
    lines = tuple(section.lines[number] for number in numbers)
    own = [section.lines[number] for number in numbers if not section.alike[number]]
    alike = sum(section.alike[number] for number in numbers)
    return Body(lines, len(own), chars_of(own), False, alike=alike)


def _marked(section: Section, body: Body, apart: int) -> Body:
    marker = section.marker(section.total - body.kept_lines - body.alike, apart)
    return replace(body, lines=(marker, *body.lines), truncated=True)


def _apart(section: Section, max_lines: int, max_chars: int) -> set[int]:
    """Lines that are kept before the newest are; what is grave has half of the room at most."""
    kept: set[int] = set()
    chars = 0
    wanted = [(number, number + 1, 1) for number in section.pinned]
    for first, end, share in [*wanted, *((*block, 2) for block in section.grave)]:
        block = set(range(first, end)) - kept
        needed = sum(len(section.lines[number]) + 1 for number in block)
        if (
            len(kept) + len(block) <= max_lines // share
            and chars + needed <= (max_chars + 1) // share
        ):
            kept |= block
            chars += needed
    return kept


def _first_of_newest(
    lines: Sequence[str], apart: Collection[int], max_lines: int, max_chars: int
) -> int:
    """From which on all lines are kept, in the room that those `apart` leave."""
    max_lines -= len(apart)
    used = sum(len(lines[number]) + 1 for number in apart) - 1
    first, count = len(lines), 0
    while first:
        if first - 1 not in apart:
            used += len(lines[first - 1]) + 1
            count += 1
            if used > max_chars or count > max_lines:
                break
        first -= 1
    return first


def _cut_torn(section: Section, max_lines: int, max_chars: int) -> Body:
    """The end of the one line whose start was lost, and all losses."""
    lost = section.lost_lines
    markers = (section.marker(lost),) if lost else ()
    room = max_chars - sum(len(marker) + 1 for marker in markers)
    line = section.lines[-1] if section.lines and max_lines > len(markers) else ""
    last = _end_of(line, room, section.torn_bytes)
    if last is None:
        return _marker_only(section, lost + 1)
    return replace(last, lines=(*markers, *last.lines))


def _alone(line: str, max_chars: int) -> Body | None:
    """A line that is longer than the room, without its middle; None where nothing is left."""
    kept = min(len(line), max_chars - len(middle_marker(len(line))))
    if kept < 2:
        return None
    half = kept - kept // 2
    start, end = line[:half], line[len(line) - kept + half :]
    return Body((start + middle_marker(len(line) - kept) + end,), 1, kept, True)


def _end_of(line: str, max_chars: int, lost_bytes: int) -> Body | None:
    """As much of the end of a line as there is room for; None where nothing is left."""
    kept = len(line)
    if len(bytes_marker(lost_bytes)) + kept > max_chars:
        kept = max_chars - len(bytes_marker(lost_bytes + len(line.encode())))
    if kept < 2:
        return None
    start, end = line[:-kept], line[-kept:]
    marker = bytes_marker(lost_bytes + len(start.encode()))
    return Body((marker + end,), 1, kept, True)


def _marker_only(section: Section, lost: int) -> Body:
    return Body((section.marker(lost),), 0, 0, True)
