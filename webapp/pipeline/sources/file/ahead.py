"""What a Run will most likely open and read, so that it is fetched from another machine at once.

A wrong guess costs time and nothing else: what is not fetched by then is when it is needed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from webapp.pipeline.sources.file.files import Ahead, Beside, Entry, Files
from webapp.pipeline.sources.file.log import Log, Mark
from webapp.pipeline.sources.file.plan import Place, Plan
from webapp.pipeline.sources.file.ranges import ends_of, size_of
from webapp.pipeline.sources.file.rotated import (
    candidates,
    changed_entry_of,
    entries_before,
    is_packed,
    written_after,
)

# Of its size, what a packed file may hold.
_PACKED_FACTOR = 8


def open_soon(
    paths: Sequence[str], position: Mapping[str, Any] | None, room: int, files: Files
) -> None:
    """The logs themselves, which are read where they ended, or else at their end."""
    share = room // max(1, len(paths))
    offsets = {path: kept["offset"] for path, kept in (position or {}).items()}
    files.open_ahead(Ahead(path, offsets.get(path, 0), share) for path in paths)


def plan_soon(logs: Sequence[Log], places: Sequence[Place | None], room: int, files: Files) -> None:
    """Where the logs went that are not what they were."""
    share = room // max(1, len(logs))
    files.open_ahead(
        ahead
        for log, place in zip(logs, places, strict=True)
        for ahead in _sought(log, place, share, files)
    )


def gone_soon(places: Mapping[str, Place], room: int, files: Files) -> None:
    """Where the logs went that no file has the name of any more."""
    share = room // max(1, len(places))
    files.open_ahead(
        ahead for path, place in places.items() for ahead in _went(files.beside(path), place, share)
    )


def read_soon(plans: Sequence[Plan], rooms: Sequence[int], spare: int, files: Files) -> None:
    """What is new, and what is before it, in rotated files too."""
    files.open_ahead(ahead for plan in plans for ahead in _older(plan, spare, files))
    new = (ends_of(plan.new, room) for plan, room in zip(plans, rooms, strict=True))
    earlier = (ends_of(plan.earlier, spare) for plan in plans)
    files.read_ahead(one for ranges in (*new, *earlier) for one in ranges)


def _sought(log: Log, place: Place | None, room: int, files: Files) -> Iterator[Ahead]:
    if place is None:
        if not log.size:
            yield from _ends(islice(entries_before(files.beside(log.path)), 1), 0, room)
        return
    beside = files.beside(log.path)
    if place.before and (late := changed_entry_of(beside, place.before)):
        yield Ahead(late, place.before.offset, room)
    mark = place.mark
    if not mark.offset or log.identity != mark.identity or not mark.is_in(log):
        yield from _went(beside, place, room)


def _went(beside: Beside, place: Place, room: int) -> Iterator[Ahead]:
    if place.mark.offset:
        yield from _moved(beside, place.mark, room)
    else:
        yield from _after_empty(beside, place, room)


def _after_empty(beside: Beside, place: Place, room: int) -> Iterator[Ahead]:
    if place.before:
        yield from _moved(beside, place.before, room)
    else:
        yield from _ends(reversed(written_after(beside, place.mark)), 0, room)


def _moved(beside: Beside, mark: Mark, room: int) -> Iterator[Ahead]:
    """That very file, and what came after it; else all that may be it."""
    found = candidates(beside, mark)
    if found and found[0].identity == mark.identity:
        yield Ahead(found[0], mark.offset, room)
        yield from _ends(reversed(written_after(beside, mark)), 0, room)
    else:
        yield from _ends(found, mark.offset, room)


def _older(plan: Plan, spare: int, files: Files) -> Iterator[Ahead]:
    room = spare - size_of(plan.earlier)
    if not plan.goes_back or room <= 0:
        return
    known = {one.log.identity for one in (*plan.earlier, *plan.new)}
    entries = entries_before(files.beside(plan.path))
    for ahead in _ends((one for one in entries if one.identity not in known), 0, room):
        if not ahead.tail:
            return
        yield ahead


def _ends(entries: Iterable[Entry], offset: int, room: int) -> Iterator[Ahead]:
    """All of them, and of the first ones what there is room for."""
    for entry in entries:
        size = entry.size * _PACKED_FACTOR if is_packed(entry) else entry.size
        tail = min(size, room)
        yield Ahead(entry, offset, tail)
        room -= tail
