"""Fits the slices of a Run into `max_lines` and `max_chars`, saying whatever is cut."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.pipeline.collapse import collapse
from webapp.pipeline.sections import NEW_FROM_HERE, NO_LINES, NOTHING_NEW, disarmed, layout
from webapp.pipeline.shapes import is_grave
from webapp.pipeline.values import FittedSlice, FittedText, Gathered, Slice

_FAILED = "this Input failed; what it gave until then is above"
_FAILED_AT_ONCE = "this Input failed and gave no lines"
_ROUNDS = 3
# What is shorter costs little, and is read more easily as it is.
_SHORT_CHARS = 1000
# What was judged before is there to understand the rest by: a quarter of the room is enough.
_OF_CONTEXT = 4


@dataclass(frozen=True)
class _Section:
    """`alike` has, for each of `lines`, how many lines it counts: 0 but for notices of repeats.

    Where room is short, `pinned` lines come first, then `grave` blocks, from one line to before
    another, then the newest.
    """

    label: str
    lines: tuple[str, ...]
    lost_lines: int
    torn_bytes: int
    at_least: bool
    note: str | None
    context: int | None
    alike: tuple[int, ...]
    pinned: tuple[int, ...] = ()
    grave: tuple[tuple[int, int], ...] = ()

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
    def parts(self) -> list["_Section"]:
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
            "pinned": tuple(number - first for number in self.pinned if first <= number < end),
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
        but = f", but for the next {_count(apart, 'line')}" if apart else ""
        return f"… {at_least}{_count(count, 'earlier line')} not shown{but} …"


@dataclass(frozen=True)
class _Body:
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
        return _chars(self.lines)


_NONE = _Body((), 0, 0, False)


def slice_of(gathered: Gathered, pinned: Sequence[int] = ()) -> Slice:
    """What an Input gave, with all that is to be said of it; `pinned` are new lines."""
    output = gathered.output
    said = [notice.rstrip(".") for notice in gathered.notices]
    if gathered.ignored_lines:
        said.append(f"{_count(gathered.ignored_lines, 'line')} ignored by the Monitor's rules")
    if gathered.status == "failed":
        said.append(_FAILED_AT_ONCE if gathered.gave_nothing else _FAILED)
    return Slice(
        gathered.label,
        output.text,
        lost_lines=output.lost_lines,
        torn_bytes=output.lost_bytes if output.torn else 0,
        at_least=output.at_least,
        note=f"… {'; '.join(said)} …" if said else None,
        context_lines=output.context_lines if gathered.continues and not output.torn else None,
        pinned=tuple(pinned),
    )


def fit(
    slices: Sequence[Slice], max_lines: int, max_chars: int, *, collapsed: bool = False
) -> FittedText:
    """The newest lines of each slice under its label, in at most so many lines and characters.

    Headers, blank lines and markers count, so that no slice alone exceeds the bounds either. Each
    slice gets an equal share, and what it does not need goes to the others. Where there is not
    even a line for each label, the last labels give way to a marker that counts them, and where
    there is no room for that, the text is empty. `collapsed`: of a slice that is long or does not
    fit, lines alike are shown once, and where room is short, grave ones before others.
    """
    labels = {one.label for one in slices}
    sections = [_section(one, labels) for one in slices]
    raw = _fit(sections, max_lines, max_chars)
    if not collapsed:
        return raw
    pairs = zip(sections, raw.slices, strict=True)
    smaller = [_collapsed(section) if _is_long(was) else section for section, was in pairs]
    fitted = _fit(smaller, max_lines, max_chars)
    return fitted if fitted.text == raw.text else replace(fitted, raw_text=raw.text)


def _fit(sections: Sequence[_Section], max_lines: int, max_chars: int) -> FittedText:
    for shown in range(len(sections), -1, -1):
        missing = len(sections) - shown
        notice = f"… {_count(missing, 'label')} not shown …" if missing else None
        bodies = _bodies(sections[:shown], notice, max_lines, max_chars)
        if bodies is not None:
            return _fitted(sections, bodies, notice)
    return _fitted(sections, [], None)


def _is_long(fitted: FittedSlice) -> bool:
    return fitted.truncated or fitted.kept_chars > _SHORT_CHARS


def _collapsed(section: _Section) -> _Section:
    """What was judged before and what is new each by itself, so that a count is of the one."""
    if section.torn_bytes:
        return section
    border = section.context or 0
    old = collapse(section.lines[:border])
    new = collapse(section.lines[border:], {number - border for number in section.pinned})
    above = len(old.lines)
    place = {numbers[0]: above + i for i, numbers in enumerate(new.stands_for) if len(numbers) == 1}
    grave = [block for block in new.blocks if any(map(is_grave, new.lines[slice(*block)]))]
    return replace(
        section,
        lines=(*old.lines, *new.lines),
        context=None if section.context is None else above,
        # A notice counts two lines or more.
        alike=tuple(
            0 if len(numbers) == 1 else len(numbers)
            for numbers in (*old.stands_for, *new.stands_for)
        ),
        pinned=tuple(place[number - border] for number in section.pinned),
        grave=tuple((above + first, above + end) for first, end in reversed(grave)),
    )


def _section(one: Slice, labels: set[str]) -> _Section:
    lines = one.text.removesuffix("\n").split("\n") if one.text else []
    safe = tuple(disarmed(line, labels) for line in lines)
    return _Section(
        one.label,
        safe,
        one.lost_lines,
        one.torn_bytes,
        one.at_least,
        one.note,
        one.context_lines,
        alike=(0,) * len(safe),
        pinned=one.pinned,
    )


def _bodies(
    sections: Sequence[_Section], notice: str | None, max_lines: int, max_chars: int
) -> list[_Body] | None:
    """None where the bounds have no room for a line under each header."""
    frame = layout([(section.label, ()) for section in sections], notice)
    lines = max_lines - _line_count(frame)
    chars = max_chars - len(frame) - len(sections)  # the line end after each header
    whole = [_cut(section, max_lines, max_chars) for section in sections]
    fits = sum(len(body.lines) for body in whole) <= lines
    if fits and sum(body.chars for body in whole) <= chars:
        return whole
    least_lines = sum(section.least_lines for section in sections)
    if lines < least_lines or chars < sum(section.least_chars for section in sections):
        return None
    return _shared(sections, whole, lines, chars)


def _shared(
    sections: Sequence[_Section], whole: Sequence[_Body], lines: int, chars: int
) -> list[_Body]:
    """Lines and characters shared out in turn: who lacks the one leaves the other to the rest."""
    least_chars = [section.least_chars for section in sections]
    least_lines = [section.least_lines for section in sections]
    bodies = list(whole)
    for _ in range(_ROUNDS):
        lines_each = _share([len(body.lines) for body in bodies], least_lines, lines)
        bodies = _cut_all(sections, lines_each, [chars] * len(bodies))
        needs = list(map(_need, sections, bodies))
        chars_each = _share(needs, least_chars, chars)
        bodies = _cut_all(sections, [lines] * len(bodies), chars_each)
    lines_each = _share([len(body.lines) for body in bodies], least_lines, lines)
    return _cut_all(sections, lines_each, chars_each)


def _need(section: _Section, body: _Body) -> int:
    """Characters from which `_cut` makes this very body; it allows for the longest marker."""
    not_shown = section.total - body.kept_lines - body.alike
    spare = len(section.longest_marker) - len(section.marker(not_shown))
    return body.chars + (spare * len(section.parts) if body.is_cut else 0)


def _share(needs: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Each its `least`, then the smallest needs first, all the others an equal part."""
    shares = list(least)
    room -= sum(least)
    pairs = zip(needs, least, strict=True)
    wants = sorted((max(need - low, 0), i) for i, (need, low) in enumerate(pairs))
    for done, (want, i) in enumerate(wants):
        given = min(want, room // (len(wants) - done))
        shares[i] += given
        room -= given
    return shares


def _cut_all(
    sections: Sequence[_Section], lines: Sequence[int], chars: Sequence[int]
) -> list[_Body]:
    return [_cut(*each) for each in zip(sections, lines, chars, strict=True)]


def _cut(section: _Section, max_lines: int, max_chars: int) -> _Body:
    """The newest of a section, markers and note within the bounds, if they have room for them."""
    if section.is_empty:
        return _Body((section.note or section.nothing,), 0, 0, False)
    cut = _cut_lines if section.context is None else _cut_apart
    if not section.note:
        return cut(section, max_lines, max_chars)
    body = cut(section, max_lines - 1, max_chars - len(section.note) - 1)
    return replace(body, lines=(*body.lines, section.note))


def _cut_apart(section: _Section, max_lines: int, max_chars: int) -> _Body:
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


def _cut_context(section: _Section, max_lines: int, max_chars: int) -> _Body:
    marker = len(section.longest_marker)
    most_lines, most_chars = max(1, max_lines // _OF_CONTEXT), max(marker, max_chars // _OF_CONTEXT)
    return _cut_lines(section, min(max_lines, most_lines), min(max_chars, most_chars))


def _joined(above: _Body, border: str, below: _Body) -> _Body:
    return _Body(
        lines=(*above.lines, border, *below.lines),
        kept_lines=above.kept_lines + below.kept_lines,
        kept_chars=above.kept_chars + below.kept_chars,
        truncated=below.truncated,
        short_of_context=above.truncated,
        alike=above.alike + below.alike,
    )


def _cut_lines(section: _Section, max_lines: int, max_chars: int) -> _Body:
    lines = section.lines
    if section.torn_bytes:
        return _cut_torn(section, max_lines, max_chars)
    if not section.lost_lines and len(lines) <= max_lines and _chars(lines) <= max_chars:
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


def _body(section: _Section, numbers: Sequence[int]) -> _Body:
    lines = tuple(section.lines[number] for number in numbers)
    own = [section.lines[number] for number in numbers if not section.alike[number]]
    alike = sum(section.alike[number] for number in numbers)
    return _Body(lines, len(own), _chars(own), False, alike=alike)


def _marked(section: _Section, body: _Body, apart: int) -> _Body:
    marker = section.marker(section.total - body.kept_lines - body.alike, apart)
    return replace(body, lines=(marker, *body.lines), truncated=True)


def _apart(section: _Section, max_lines: int, max_chars: int) -> set[int]:
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


def _cut_torn(section: _Section, max_lines: int, max_chars: int) -> _Body:
    """The end of the one line whose start was lost, and all losses."""
    lost = section.lost_lines
    markers = (section.marker(lost),) if lost else ()
    room = max_chars - sum(len(marker) + 1 for marker in markers)
    line = section.lines[-1] if section.lines and max_lines > len(markers) else ""
    last = _end_of(line, room, section.torn_bytes)
    if last is None:
        return _marker_only(section, lost + 1)
    return replace(last, lines=(*markers, *last.lines))


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


def _alone(line: str, max_chars: int) -> _Body | None:
    """A line that is longer than the room, without its middle; None where nothing is left."""
    kept = min(len(line), max_chars - len(_middle_marker(len(line))))
    if kept < 2:
        return None
    half = kept - kept // 2
    start, end = line[:half], line[len(line) - kept + half :]
    return _Body((start + _middle_marker(len(line) - kept) + end,), 1, kept, True)


def _end_of(line: str, max_chars: int, lost_bytes: int) -> _Body | None:
    """As much of the end of a line as there is room for; None where nothing is left."""
    kept = len(line)
    if len(_bytes_marker(lost_bytes)) + kept > max_chars:
        kept = max_chars - len(_bytes_marker(lost_bytes + len(line.encode())))
    if kept < 2:
        return None
    start, end = line[:-kept], line[-kept:]
    marker = _bytes_marker(lost_bytes + len(start.encode()))
    return _Body((marker + end,), 1, kept, True)


def _marker_only(section: _Section, lost: int) -> _Body:
    return _Body((section.marker(lost),), 0, 0, True)


def _middle_marker(count: int) -> str:
    return f" … {_count(count, 'character')} of this line not shown … "


def _bytes_marker(count: int) -> str:
    """Bytes, as what was dropped was never read as characters."""
    return f" … {_count(count, 'earlier byte')} not shown … "


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _chars(lines: Sequence[str]) -> int:
    return sum(map(len, lines)) + max(len(lines) - 1, 0)


def _line_count(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _fitted(
    sections: Sequence[_Section], bodies: Sequence[_Body], notice: str | None
) -> FittedText:
    pairs = list(zip(sections[: len(bodies)], bodies, strict=True))
    text = layout([(section.label, body.lines) for section, body in pairs], notice)
    slices = [
        FittedSlice(section.label, body.kept_lines, body.kept_chars, body.truncated, body.alike)
        for section, body in pairs
    ]
    slices += [FittedSlice(section.label, 0, 0, True) for section in sections[len(bodies) :]]
    return FittedText(text, tuple(slices))
