"""How long the lines of a window took, by their own clock."""

import re
from collections.abc import Iterable, Sequence

# The time of day, as nearly every log has it, with or without a date before it.
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.]([0-5]?\d)[:.]([0-5]?\d)(?!\d)")
# Where it stands, if it does.
_HEAD = 80
_DAY = 86_400


def span_of(lines: Sequence[str]) -> float | None:
    """Seconds from the first line to the last; None where they tell no time, or are in no order.

    A window that takes longer than half a day cannot be told from one that runs backwards.
    """
    first, last = _first_clock(lines), _first_clock(reversed(lines))
    if first is None or last is None:
        return None
    span = (last - first) % _DAY
    return float(span) if span <= _DAY // 2 else None


def _first_clock(lines: Iterable[str]) -> int | None:
    for line in lines:
        if found := _CLOCK.search(line, 0, _HEAD):
            hours, minutes, seconds = map(int, found.groups())
            return hours * 3600 + minutes * 60 + seconds
    return None
