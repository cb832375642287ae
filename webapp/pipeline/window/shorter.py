"""A line that there is no room for, without some of it, which is said where it was."""

from collections.abc import Sequence

from webapp.pipeline.values import Span

from .wording import bytes_marker, middle_marker

# Of the parts that are to stay in sight, besides both ends.
_MOST_PARTS = 3
# With less than that a part of a line says nothing.
_LEAST_OF_PART = 12

Shortened = tuple[str, int]


def shorter(line: str, max_chars: int, parts: Sequence[Span] = ()) -> Shortened | None:
    """Both of its ends, and what there is room for of `parts`; None where nothing is left.

    And how many of its characters that are, the markers left out.
    """
    marker = len(middle_marker(len(line)))
    ends = _ends(len(line), max_chars - marker)
    if not ends:
        return None
    hidden = _hidden(parts, ends)
    for count in range(min(len(hidden), _MOST_PARTS), 0, -1):
        each = (max_chars - marker * (count + 1)) // (count + 2)
        if each >= _LEAST_OF_PART:
            return _joined(line, _around(len(line), hidden[:count], each), marker)
    return _joined(line, ends, 0)


def end_of(line: str, max_chars: int, lost_bytes: int) -> Shortened | None:
    """As much of the end of a line whose start was lost as there is room for."""
    kept = len(line)
    if len(bytes_marker(lost_bytes)) + kept > max_chars:
        kept = max_chars - len(bytes_marker(lost_bytes + len(line.encode())))
    if kept < 2:
        return None
    start, end = line[:-kept], line[-kept:]
    return bytes_marker(lost_bytes + len(start.encode())) + end, kept


def _ends(length: int, room: int) -> list[Span]:
    kept = min(length, room)
    if kept < 2:
        return []
    half = kept - kept // 2
    return [(0, half), (length - kept + half, length)]


def _hidden(parts: Sequence[Span], shown: Sequence[Span]) -> list[Span]:
    """Those that are not shown whole; of several that overlap the first."""
    hidden: list[Span] = []
    for start, end in parts:
        is_shown = any(first <= start and end <= last for first, last in shown)
        if not is_shown and not any(start < last and first < end for first, last in hidden):
            hidden.append((start, end))
    return hidden


def _around(length: int, parts: Sequence[Span], each: int) -> list[Span]:
    """Both ends, and each of the parts in the middle of as many characters."""
    begins = (start - max(0, each - (end - start)) // 2 for start, end in parts)
    inner = [(begin, begin + each) for begin in (min(max(0, b), length - each) for b in begins)]
    return sorted([(0, each), *inner, (length - each, length)])


def _joined(line: str, spans: Sequence[Span], least_gap: int) -> Shortened:
    """What is shorter than the marker that would say so is not left out."""
    text, kept, shown_to = "", 0, 0
    for start, end in spans:
        begin = shown_to if start - shown_to <= least_gap else start
        if begin > shown_to:
            text += middle_marker(begin - shown_to)
        text += line[begin:end]
        kept += max(0, end - begin)
        shown_to = max(shown_to, end)
    return text, kept
