"""The logs of several containers as one, read within a time, however slow they come."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.clock import milliseconds_since
from webapp.pipeline.sources.stamped.lines import LogEnd, Place
from webapp.pipeline.sources.stamped.merged import merged_tail
from webapp.pipeline.sources.stamped.part import Part
from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.values import CommandResult, GatherLimits, InputSpec

_MOST_NAMED = 5
# Of containers that are not read now, where reading ended is kept for so many.
_MOST_KEPT = 100


@dataclass(frozen=True)
class Read:
    """`away`: the names of those that are there, but too many to be read now."""

    parts: Sequence[Part] = ()
    notices: Sequence[str] = ()
    error: str | None = None
    away: Collection[str] = ()


class Ends:
    """The ends of logs as they come in, for when their reader is given up."""

    def __init__(self) -> None:
        self._begun: list[tuple[str, LogEnd]] = []

    def begin(self, name: str, keep_bytes: int) -> LogEnd:
        end = LogEnd(keep_bytes)
        self._begun.append((name, end))
        return end

    def until_now(self) -> list[Part]:
        return [Part(name, end.lines(with_unended=True)) for name, end in self._begun]


def places_of(spec: InputSpec) -> dict[str, Place]:
    """By the name of each container, where reading of it ended the last time."""
    return {name: Place(**kept) for name, kept in (spec.position or {}).items()}


def gone_of(places: Collection[str], here: Collection[str]) -> list[str]:
    """A sentence on those that were read before and are not there any more."""
    gone = [name for name in places if name not in here]
    if len(gone) > _MOST_NAMED:
        gone[_MOST_NAMED:] = [f"{len(gone) - _MOST_NAMED} more"]
    if len(gone) < 2:
        return [f"{name} is gone, and what it printed after the last Run with it" for name in gone]
    named = f"{', '.join(gone[:-1])} and {gone[-1]}"
    return [f"{named} are gone, and what they printed after the last Run with them"]


def read_stamped(
    spec: InputSpec, limits: GatherLimits, ends: Ends, read: Callable[[], Read], no_answer: str
) -> CommandResult:
    """What `read` gives, or where the time ran out what came in until then.

    `read` may raise OutOfTimeError and nothing else. `no_answer`: a sentence for where nothing
    came in time. `position`: by the container's name, its Place.
    """
    started, seconds = time.monotonic(), limits.timeout_seconds
    done = _in_time(seconds, read) or _until_now(ends, seconds, no_answer)
    tail = merged_tail(done.parts, spec, limits.keep_bytes)
    notices = (*done.notices, *(notice for part in done.parts for notice in part.notices))
    return CommandResult(
        None,
        milliseconds_since(started),
        tail,
        error=done.error,
        position=None if done.error else _position(done, places_of(spec)),
        notices=notices,
    )


def _in_time(seconds: float, read: Callable[[], Read]) -> Read | None:
    def or_late() -> Read | None:
        try:
            return read()
        except OutOfTimeError:
            return None

    try:
        return within(seconds, or_late)
    except OutOfTimeError:
        return None


def _until_now(ends: Ends, seconds: float, no_answer: str) -> Read:
    parts = ends.until_now()
    if not any(part.new for part in parts):
        return Read(error=no_answer)
    return Read(parts, error=f"timed out after {seconds:g} s; what was read until then was kept")


def _position(read: Read, before: Mapping[str, Place]) -> Mapping[str, Any]:
    """With those that are not read now: they may be among the newest again."""
    here = {part.name: part.place for part in read.parts if part.place}
    away = {name: before[name] for name in read.away if name in before and name not in here}
    latest = sorted(away, key=lambda name: away[name].time)[-_MOST_KEPT:]
    places = {name: away[name] for name in latest} | here
    return {name: place.as_kept() for name, place in places.items()}
