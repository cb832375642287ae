"""The room of a window, shared out between its sections."""

from collections.abc import Sequence

from webapp.pipeline.sections import layout

from .body import Body, cut
from .section import Section
from .wording import line_count

_ROUNDS = 3


def bodies_of(
    sections: Sequence[Section], notice: str | None, max_lines: int, max_chars: int
) -> list[Body] | None:
    """None where the bounds have no room for a line under each header."""
    frame = layout([(section.label, ()) for section in sections], notice)
    lines = max_lines - line_count(frame)
    chars = max_chars - len(frame) - len(sections)  # the line end after each header
    whole = [cut(section, max_lines, max_chars) for section in sections]
    fits = sum(len(body.lines) for body in whole) <= lines
    if fits and sum(body.chars for body in whole) <= chars:
        return whole
    least_lines = sum(section.least_lines for section in sections)
    if lines < least_lines or chars < sum(section.least_chars for section in sections):
        return None
    return _shared(sections, whole, lines, chars)


def _shared(
    sections: Sequence[Section], whole: Sequence[Body], lines: int, chars: int
) -> list[Body]:
    """Lines and characters shared out in turn: who lacks the one leaves the other to the rest."""
    least_chars = [section.least_chars for section in sections]
    least_lines = [section.least_lines for section in sections]
    bodies = list(whole)
    for _ in range(_ROUNDS):
        lines_each = _share([len(body.lines) for body in bodies], least_lines, lines)
        bodies = _cut_all(sections, lines_each, [chars] * len(bodies))
        needs = [_need(*pair, chars) for pair in zip(sections, bodies, strict=True)]
        chars_each = _share(needs, least_chars, chars)
        bodies = _cut_all(sections, [lines] * len(bodies), chars_each)
    lines_each = _share([len(body.lines) for body in bodies], least_lines, lines)
    return _cut_all(sections, lines_each, chars_each)


def _need(section: Section, body: Body, chars: int) -> int:
    """Characters from which `cut` makes this very body; it allows for the longest marker."""
    if body.shortened:
        return chars
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


def _cut_all(sections: Sequence[Section], lines: Sequence[int], chars: Sequence[int]) -> list[Body]:
    return [cut(*each) for each in zip(sections, lines, chars, strict=True)]
