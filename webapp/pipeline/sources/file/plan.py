"""What is read of one log: what is new, what lies before it, and where the next Run goes on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from webapp.pipeline.sources.file.files import Files
from webapp.pipeline.sources.file.log import Log, Mark, mark
from webapp.pipeline.sources.file.ranges import Range
from webapp.pipeline.sources.file.rotated import (
    Rotated,
    file_of,
    files_before,
    rotated_since,
    rotated_since_empty,
)


@dataclass(frozen=True)
class Place:
    """How far a log was read. `before`: how far the file that it had until it was rotated, which a
    program goes on to write until it opens its log anew. `gone`: no file had its name any more.
    """

    mark: Mark
    before: Mark | None = None
    gone: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Place":
        values = dict(kept)
        before, gone = values.pop("before", None), values.pop("gone", False)
        return cls(Mark(**values), Mark(**before) if before else None, gone)

    def as_kept(self) -> dict[str, Any]:
        before = {"before": asdict(self.before)} if self.before else {}
        return asdict(self.mark) | before | ({"gone": True} if self.gone else {})


@dataclass(frozen=True)
class Plan:
    """Of the log at `path`; `new`, and what lies `earlier` in the same file, in order.

    `goes_back`: rotated files hold what lies before that.
    """

    path: str
    new: Sequence[Range]
    place: Place
    earlier: Sequence[Range] = ()
    notices: Sequence[str] = ()
    goes_back: bool = False


def plan_first(log: Log, files: Files) -> Plan:
    """Nothing was read before, so that nothing is held back."""
    here = mark(log, 0, hold=False)
    rotated = None if here.offset else next(files_before(log.path, files), None)
    before = mark(rotated, 0, hold=False) if rotated else None
    return Plan(log.path, [Range(log, 0, log.size)], Place(here, before), goes_back=True)


def plan_unknown(log: Log) -> Plan:
    """A file that came since the last Run."""
    here = _mark_after(log, 0, None)
    return Plan(log.path, [Range(log, 0, here.read_to)], Place(here))


def plan_next(log: Log, place: Place, files: Files) -> Plan:
    """Of a log that was read before."""
    last = place.mark
    late, before = _late(log.path, place.before, files)
    same = log.identity == last.identity and last.is_in(log)
    if same and last.offset:
        return _go_on(log, last, late, before)
    if found := _found(log.path, place, files):
        return _rotated(log, last, found, late)
    if same or (last.offset and last.is_in(log)):  # that is, an editor saved it as a new file
        return _go_on(log, last, late, before)
    return replace(plan_unknown(log), notices=[_gap(log)] if last.offset else [])


def plan_gone(path: str, place: Place, files: Files) -> Plan | None:
    """Of a log that no file has the name of: the rest of its old file; None where that is gone."""
    found = _found(path, place, files)
    if not found:
        return None
    last, old = place.mark, found.old
    start = last.goes_on_at(old.size)
    rest = [Range(old, start, old.size), *(Range(one, 0, one.size) for one in found.after)]
    here = mark(rest[-1].log, rest[-1].start, hold=False)
    said = f"{path} was renamed since, and not made anew; its last lines are in {old.path}"
    notices = [*_unread(found), *([] if place.gone else [said])]
    return Plan(path, rest, Place(here, gone=True), [Range(old, 0, start)], notices)


def _found(path: str, place: Place, files: Files) -> Rotated | None:
    if place.mark.offset:
        return rotated_since(path, place.mark, files)
    return rotated_since_empty(path, place.mark, place.before, files)


def _late(path: str, before: Mark | None, files: Files) -> tuple[list[Range], Mark | None]:
    """What was written into the file of before since it was rotated."""
    old = before and file_of(path, before, files)
    if not (before and old):
        return [], before
    start, here = before.goes_on_at(old.size), _mark_after(old, before.offset, before)
    late = Range(old, start, max(start, here.read_to))
    return [late] if late.size else [], here


def _go_on(log: Log, last: Mark, late: Sequence[Range], before: Mark | None) -> Plan:
    start, here = last.goes_on_at(log.size), _mark_after(log, last.offset, last)
    new = Range(log, start, max(start, here.read_to))
    earlier = Range(log, 0, start)
    return Plan(log.path, [*late, new], Place(here, before), [earlier], goes_back=True)


def _rotated(log: Log, last: Mark, found: Rotated, late: Sequence[Range]) -> Plan:
    """The rest of the old file, then what was written and rotated meanwhile, then the new file."""
    old, here = found.old, _mark_after(log, 0, None)
    start = last.goes_on_at(old.size)
    rest = [Range(old, start, old.size), *(Range(one, 0, one.size) for one in found.after)]
    before = mark(rest[-1].log, rest[-1].start, hold=False)
    return Plan(
        log.path,
        [*late, *rest, Range(log, 0, here.read_to)],
        Place(here, before),
        [Range(old, 0, start)],
        _rotation(log, found),
        goes_back=True,
    )


def _mark_after(log: Log, start: int, last: Mark | None) -> Mark:
    """A line without its end belongs to the next Run; there it is read, if it stays as it is."""
    offset = log.end_of_lines(start)
    stays = last is not None and (last.offset, last.size) == (offset, log.size)
    return mark(log, start, hold=not stays)


def _rotation(log: Log, found: Rotated) -> list[str]:
    said = f"{log.path} was rotated since; its earlier lines are in {found.old.path}"
    return [said, *_unread(found)]


def _unread(found: Rotated) -> list[str]:
    return [f"{path} could not be read, so that lines are missing" for path in found.unread]


def _gap(log: Log) -> str:
    return f"{log.path} was emptied or replaced since; lines that came before may be missing"
