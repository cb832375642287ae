"""Lines of one kind shown once: the newest of them whole, under a notice that counts the others."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from webapp.pipeline.events import event_spans
from webapp.pipeline.masking import masks
from webapp.pipeline.sections import repeats

# What comes less often is shown whole each time.
LEAST_ALIKE = 3

_TIME = re.compile(
    r"((?:\d{4}-\d\d-\d\d[ T]|[A-Z][a-z]{2} [ \d]\d |\d\d/\w{2,3}/\d{2,4}[ :])?)(\d\d:\d\d:\d\d)"
)
_TIME_WITHIN = 100


@dataclass(frozen=True)
class Collapsed:
    """`stands_for` has, for each of `lines`, the numbers of those that were given, from 0.

    A line of a log stands for itself, a notice for those that it counts. `blocks`: where in
    `lines` each event begins and ends, those that share a notice being one with it.
    """

    lines: tuple[str, ...]
    stands_for: tuple[tuple[int, ...], ...]
    blocks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Event:
    """The newest of its kind: from line `start` to before `end`; `earlier` are the other spans."""

    start: int
    end: int
    earlier: tuple[tuple[int, int], ...] = ()


def collapse(lines: Sequence[str], whole: Collection[int] = ()) -> Collapsed:
    """What happened, by when each kind of it happened last; what is rare stays as it was.

    A stack trace is one event, and is alike another one only as a whole. What has a line whose
    number is in `whole` is shown as it is.
    """
    shown: list[str] = []
    stands_for: list[tuple[int, ...]] = []
    blocks = []
    for together in _runs(_events(lines, whole)):
        began = len(shown)
        if together[0].earlier:
            shown.append(_notice(together, lines))
            stands_for.append(_hidden(together))
        for event in together:
            shown += lines[event.start : event.end]
            stands_for += ((number,) for number in range(event.start, event.end))
        blocks.append((began, len(shown)))
    return Collapsed(tuple(shown), tuple(stands_for), tuple(blocks))


def _runs(events: Sequence[_Event]) -> Iterator[list[_Event]]:
    """Those that share a notice; what is rare has none, and is by itself."""
    for count, run in groupby(events, key=lambda event: len(event.earlier)):
        if count:
            yield list(run)
        else:
            yield from ([event] for event in run)


def _events(lines: Sequence[str], whole: Collection[int]) -> list[_Event]:
    """In the order of their newest."""
    masked = masks(lines)
    kinds: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    events = []
    for start, end in event_spans(lines):
        if whole and any(number in whole for number in range(start, end)):
            events.append(_Event(start, end))
        else:
            kinds.setdefault(tuple(masked[start:end]), []).append((start, end))
    for kind, spans in kinds.items():
        if len(spans) < LEAST_ALIKE or not _says_something(kind):
            events += [_Event(*span) for span in spans]
        else:
            events.append(_Event(*spans[-1], earlier=tuple(spans[:-1])))
    return sorted(events, key=lambda event: event.start)


def _says_something(kind: Sequence[str]) -> bool:
    """It has a word: of rows of nothing but numbers the numbers are what counts."""
    return any(any(map(str.isalpha, line)) for line in kind)


def _hidden(events: Sequence[_Event]) -> tuple[int, ...]:
    spans = [span for event in events for span in event.earlier]
    return tuple(sorted(number for start, end in spans for number in range(start, end)))


def _notice(events: Sequence[_Event], lines: Sequence[str]) -> str:
    first = lines[min(event.earlier[0][0] for event in events)]
    last = lines[events[-1].start]
    shown = sum(event.end - event.start for event in events)
    return repeats(len(events[0].earlier), shown, _since(first, last))


def _since(first: str, last: str) -> str | None:
    """When it happened first, as that line has it, without a day that the last one has too."""
    began, ended = _TIME.search(first[:_TIME_WITHIN]), _TIME.search(last[:_TIME_WITHIN])
    if not (began and ended):
        return None
    return began[2] if began[1] == ended[1] else began[0]
