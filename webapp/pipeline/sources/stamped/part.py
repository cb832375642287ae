"""What is read of one container: where it went on since the last Run, and what came before."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from webapp.pipeline.sources.stamped.lines import (
    Line,
    LogEnd,
    Place,
    first_new,
    shortly_before,
)

# The log from a moment on, at most so many lines from its end; None: all there are.
Ask = Callable[[str | None, int | None], LogEnd]


@dataclass(frozen=True)
class Printer:
    """A container: its `id` is another once it was made anew, `started` once started again."""

    name: str
    id: str
    started: str
    runs: bool


@dataclass(frozen=True)
class Wanted:
    """At most so many lines, and none that is older than `back` seconds and was read before."""

    most: int
    back: int | None = None


@dataclass(frozen=True)
class Part:
    """What was read of one container: `context` was read before. `place` None: it is as it was."""

    name: str
    new: Sequence[Line]
    context: Sequence[Line] = ()
    place: Place | None = None
    notices: Sequence[str] = ()
    lost_lines: int = 0
    lost_bytes: int = 0
    at_least: bool = False


def read_part(printer: Printer, place: Place | None, wanted: Wanted, ask: Ask) -> Part:
    """`place`: where reading of this very container ended the last time."""
    # One line more, so that it can be said that there are more.
    end = ask(_since(place, wanted), wanted.most + 1)
    lines = end.lines(with_unended=not printer.runs)
    whole = len(lines) <= wanted.most and not end.dropped_lines
    start = 0 if place is None else first_new(lines, place, whole=whole)
    if start is None and place:
        # So many lines came that the last of before have to be asked for by their time.
        end = ask(shortly_before(place.time), None)
        lines = end.lines(with_unended=not printer.runs)
        start = first_new(lines, place, whole=True) or 0
    return _cut(printer, lines, start or 0, end, place, wanted.most)


def _since(place: Place | None, wanted: Wanted) -> str | None:
    """What came since the last Run is read, however far back that is, and in whatever order."""
    if wanted.back is None:
        return None
    moment = datetime.fromtimestamp(time.time() - wanted.back, UTC)
    back = f"{moment:%Y-%m-%dT%H:%M:%S}.000000000Z"
    return min(back, shortly_before(place.time)) if place and place.time else back


def _cut(
    printer: Printer,
    lines: Sequence[Line],
    start: int,
    end: LogEnd,
    place: Place | None,
    most: int,
) -> Part:
    """The newest of the lines, and what is missing before them."""
    new, over = lines[start:], max(0, len(lines) - most)
    kept = lines[over:]
    context = kept[: max(0, start - over)]
    newest = kept[len(context) :]
    # What comes before a line that was read at an earlier Run is not missed.
    cut = len(new) - len(newest) + (0 if start else end.dropped_lines)
    reached = (place or Place(printer.id, printer.started)).after(new)
    return Part(
        printer.name,
        newest,
        context if place else (),
        replace(reached, started=printer.started),
        _missed(printer.name, place, lines, start, cut),
        lost_lines=end.dropped_lines + over,
        lost_bytes=end.dropped_bytes + sum(len(line.text) for line in lines[:over]),
        at_least=over > 0,
    )


def _missed(
    name: str, place: Place | None, lines: Sequence[Line], start: int, cut: int
) -> list[str]:
    """A sentence where lines that are new could not be read, or nobody has them any more."""
    if place is None or not place.time:
        return []
    if cut:
        return [f"more lines of {name} are new than are read; the last of them were"]
    if start:
        return []
    if not lines:
        return [f"the log of {name} was emptied since the last Run"]
    begins = f"its log begins at {short(lines[0].time)} now, as its driver drops what is older"
    return [f"lines of {name} after {short(place.time)} may be missing: {begins}"]


def short(moment: str) -> str:
    """For people."""
    return f"{moment[:19].replace('T', ' ')} UTC"
