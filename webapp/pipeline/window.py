"""Fits the slices of a Run into `max_lines` and `max_chars`, saying whatever is cut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp.pipeline.values import FittedSlice, FittedText, Slice

_NO_LINES = "(no lines)"
_ROUNDS = 3


@dataclass(frozen=True)
class _Section:
    label: str
    lines: tuple[str, ...]
    lost_lines: int
    lost_chars: int = 0

    @property
    def least_chars(self) -> int:
        """Room in which one line can always tell what the section has or lost."""
        return max(len(_NO_LINES), len(_lines_marker(len(self.lines) + self.lost_lines + 1)))


@dataclass(frozen=True)
class _Body:
    """What stands under a label; `kept_*` leave the markers out."""

    lines: tuple[str, ...]
    kept_lines: int
    kept_chars: int
    truncated: bool

    @property
    def chars(self) -> int:
        return _chars(self.lines)


def fit(slices: Sequence[Slice], max_lines: int, max_chars: int) -> FittedText:
    """The newest lines of each slice under its label, in at most so many lines and characters.

    Headers, blank lines and markers count, so that no slice alone exceeds the bounds either. Each
    slice gets an equal share, and what it does not need goes to the others. Where there is not
    even a line for each label, the last labels give way to a marker that counts them, and where
    there is no room for that, the text is empty.
    """
    labels = {one.label.casefold() for one in slices}
    sections = [_section(one, labels) for one in slices]
    for shown in range(len(sections), -1, -1):
        missing = len(sections) - shown
        notice = f"… {_count(missing, 'label')} not shown …" if missing else None
        bodies = _bodies(sections[:shown], notice, max_lines, max_chars)
        if bodies is not None:
            return _fitted(sections, bodies, notice)
    return _fitted(sections, [], None)


def _section(one: Slice, labels: set[str]) -> _Section:
    lines = one.text.removesuffix("\n").split("\n") if one.text else []
    safe = (f" {line}" if _could_be_ours(line, labels) else line for line in lines)
    return _Section(one.label, tuple(safe), one.lost_lines, one.lost_chars)


def _could_be_ours(line: str, labels: set[str]) -> bool:
    """A header, a marker or `(no lines)`, which no log may forge."""
    bare = line.strip()
    if bare == _NO_LINES or (bare[:1] == "…" and bare[-1:] == "…"):
        return True
    return bare[:1] == "[" and bare[-1:] == "]" and bare[1:-1].strip().casefold() in labels


def _bodies(
    sections: Sequence[_Section], notice: str | None, max_lines: int, max_chars: int
) -> list[_Body] | None:
    """None where the bounds have no room for a line under each header."""
    frame = _layout([(section.label, ()) for section in sections], notice)
    lines = max_lines - _line_count(frame)
    chars = max_chars - len(frame) - len(sections)  # the line end after each header
    whole = [_cut(section, max_lines, max_chars) for section in sections]
    fits = sum(len(body.lines) for body in whole) <= lines
    if fits and sum(body.chars for body in whole) <= chars:
        return whole
    least = [section.least_chars for section in sections]
    if lines < len(sections) or chars < sum(least):
        return None
    return _shared(sections, whole, lines, chars)


def _shared(
    sections: Sequence[_Section], whole: Sequence[_Body], lines: int, chars: int
) -> list[_Body]:
    """Lines and characters shared out in turn: who lacks the one leaves the other to the rest."""
    least = [section.least_chars for section in sections]
    bodies = list(whole)
    for _ in range(_ROUNDS):
        lines_each = _share([len(body.lines) for body in bodies], [1] * len(bodies), lines)
        bodies = _cut_all(sections, lines_each, [chars] * len(bodies))
        needs = list(map(_need, sections, bodies))
        chars_each = _share(needs, least, chars)
        bodies = _cut_all(sections, [lines] * len(bodies), chars_each)
    lines_each = _share([len(body.lines) for body in bodies], [1] * len(bodies), lines)
    return _cut_all(sections, lines_each, chars_each)


def _need(section: _Section, body: _Body) -> int:
    """Characters from which `_cut` makes this very body; it allows for the longest marker."""
    all_lines = len(section.lines) + section.lost_lines
    spare = len(_lines_marker(all_lines)) - len(_lines_marker(all_lines - body.kept_lines))
    return body.chars + (spare if body.truncated else 0)


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
    """The newest of a section, its marker within the bounds, if they have room for that."""
    lines, lost = section.lines, section.lost_lines
    if not lines and not lost:
        return _Body((_NO_LINES,), 0, 0, False)
    whole = not lost and not section.lost_chars
    if whole and len(lines) <= max_lines and _chars(lines) <= max_chars:
        return _Body(lines, len(lines), _chars(lines), False)
    if len(lines) == 1 and not lost:
        return _alone(lines[0], max_chars, section.lost_chars) or _marker_only(1)
    room = max_chars - len(_lines_marker(len(lines) + lost)) - 1
    kept = () if section.lost_chars else _newest(lines, max_lines - 1, room)
    if kept:
        marker = _lines_marker(len(lines) - len(kept) + lost)
        return _Body((marker, *kept), len(kept), _chars(kept), True)
    last = _alone(lines[-1], room, section.lost_chars) if lines and max_lines > 1 else None
    if last is None:
        return _marker_only(len(lines) + lost)
    marker = _lines_marker(len(lines) - 1 + lost)
    return replace(last, lines=(marker, *last.lines))


def _newest(lines: Sequence[str], max_lines: int, max_chars: int) -> tuple[str, ...]:
    first = len(lines)
    used = -1
    while first and len(lines) - first < max_lines:
        used += len(lines[first - 1]) + 1
        if used > max_chars:
            break
        first -= 1
    return tuple(lines[first:])


def _alone(line: str, max_chars: int, lost_chars: int = 0) -> _Body | None:
    """A line that is longer than the room, without its middle; None where nothing is left.

    Of a line whose start was dropped before, only the end is shown.
    """
    kept = min(len(line), max_chars - len(_middle_marker(len(line) + lost_chars)))
    if kept < 2:
        return None
    half = 0 if lost_chars else kept - kept // 2
    start, end = line[:half], line[len(line) - kept + half :]
    marker = _middle_marker(len(line) - kept + lost_chars)
    return _Body((start + marker + end,), 1, kept, True)


def _marker_only(lost: int) -> _Body:
    return _Body((_lines_marker(lost),), 0, 0, True)


def _lines_marker(count: int) -> str:
    return f"… {_count(count, 'earlier line')} not shown …"


def _middle_marker(count: int) -> str:
    return f" … {_count(count, 'character')} of this line not shown … "


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _chars(lines: Sequence[str]) -> int:
    return sum(map(len, lines)) + max(len(lines) - 1, 0)


def _line_count(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _layout(sections: Sequence[tuple[str, Sequence[str]]], notice: str | None) -> str:
    parts = ["\n".join((f"[{label}]", *lines)) for label, lines in sections]
    return "\n\n".join([*parts, notice] if notice else parts)


def _fitted(
    sections: Sequence[_Section], bodies: Sequence[_Body], notice: str | None
) -> FittedText:
    pairs = list(zip(sections[: len(bodies)], bodies, strict=True))
    text = _layout([(section.label, body.lines) for section, body in pairs], notice)
    slices = [
        FittedSlice(section.label, body.kept_lines, body.kept_chars, body.truncated)
        for section, body in pairs
    ]
    slices += [FittedSlice(section.label, 0, 0, True) for section in sections[len(bodies) :]]
    return FittedText(text, tuple(slices))
