import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from webapp.clock import milliseconds_since
from webapp.pipeline.sources.file.ahead import gone_soon, open_soon, plan_soon
from webapp.pipeline.sources.file.apart import Apart
from webapp.pipeline.sources.file.compose import text
from webapp.pipeline.sources.file.files import Files
from webapp.pipeline.sources.file.here import Here
from webapp.pipeline.sources.file.log import TROUBLE, Changed, Log, said
from webapp.pipeline.sources.file.matching import MOST_FILES, Matching, left_out, matching
from webapp.pipeline.sources.file.plan import (
    Place,
    Plan,
    plan_first,
    plan_gone,
    plan_next,
    plan_unknown,
)
from webapp.pipeline.sources.file.ranges import size_of
from webapp.pipeline.sources.file.shell import Shell, Unreached
from webapp.pipeline.sources.file.there import There
from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.values import NOTHING, CommandResult, GatherLimits, Host, InputSpec, Tail

# Of files that are not read now, where reading ended is kept for so many.
MOST_KEPT = 100
# A file that becomes another one while it is read is read anew.
_TRIES = 3


@dataclass(frozen=True)
class _Read:
    tail: Tail = NOTHING
    position: Mapping[str, Any] | None = None
    notices: Sequence[str] = ()
    error: str | None = None


def read_file(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What is new in the regular files that `config["path"]` names, after lines of before.

    Of a file only the end that there is room for is read, whatever its size; one that grows
    meanwhile is read as it was when opened. `position`: by path, where reading ended. A file
    system that hangs is given up after `timeout_seconds`, and so is a machine.
    """
    return (read_there if host.ssh else _read_here)(host, spec, limits)


def read_there(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """By what the shell of the host can tell."""
    shell = Shell(host, limits)
    return _result(spec, limits, lambda: _steadily(spec, lambda: _read(There(shell), spec, limits)))


def _read_here(_: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    def read() -> _Read:
        with ExitStack() as opened:
            return _read(Here(limits.log_paths, opened), spec, limits)

    seconds = limits.timeout_seconds
    return _result(spec, limits, lambda: within(seconds, lambda: _steadily(spec, read)))


def _result(spec: InputSpec, limits: GatherLimits, read_all: Callable[[], _Read]) -> CommandResult:
    started = time.monotonic()
    path, seconds = spec.config["path"], limits.timeout_seconds
    try:
        read = read_all()
    except OutOfTimeError:
        read = _Read(error=f"timed out after {seconds:g} s; {path} could not be read until then")
    except Unreached as unreached:
        read = _Read(error=f"cannot read {path}: {unreached}")
    return CommandResult(
        None,
        milliseconds_since(started),
        read.tail,
        error=read.error,
        position=read.position,
        notices=tuple(read.notices),
    )


def _steadily(spec: InputSpec, attempt: Callable[[], _Read]) -> _Read:
    for _ in range(_TRIES):
        with suppress(Changed):
            return attempt()
    again = "it became another file again and again meanwhile"
    return _Read(error=f"cannot read {spec.config['path']}: {again}")


def _read(files: Files, spec: InputSpec, limits: GatherLimits) -> _Read:
    pattern, position = spec.config["path"], spec.position
    found = matching(pattern, files, position)
    open_soon(found.paths, position, limits.keep_bytes, files)
    logs, problems = _opened(found.paths, files)
    if not logs:
        return _Read(error=problems[0] if problems else f"no file matches {pattern}")
    if found.count > MOST_FILES:
        few = f"{found.count} files match; the {MOST_FILES} that were written last are read"
        problems.append(few)
    files = Apart(files, _apart(logs, position))
    plans, rotated = _plans(logs, found.in_doubt, position, limits, files)
    problems += left_out(sorted([*found.rotated, *rotated]))
    rests, lost = _gone(_away(found, plans, position or {}), limits, files)
    plans = [*rests, *plans]
    tail, notices = text(plans, limits, files, first=position is None)
    kept = {path: at for path, at in (position or {}).items() if path not in lost}
    said_lost = [_lost(path) for path, at in lost.items() if not at.gone]
    return _Read(tail, _position(plans, kept), [*problems, *notices, *said_lost])


def _opened(paths: Sequence[str], files: Files) -> tuple[list[Log], list[str]]:
    """Each file once, though it may have several names; and a sentence for each that is closed."""
    logs: dict[tuple[int, int], Log] = {}
    problems = []
    for path in paths:
        try:
            log = files.open(path)
        except TROUBLE as problem:
            problems.append(f"cannot read {path}: {said(problem)}")
        else:
            logs.setdefault(log.identity, log)
    return list(logs.values()), problems


def _apart(logs: Sequence[Log], position: Mapping[str, Any] | None) -> set[tuple[int, int]]:
    """Those that are read by themselves under the names that they had at the last Run."""
    if position is None:
        return {log.identity for log in logs}
    named = {path: Place.of(kept).mark.identity for path, kept in position.items()}
    return {log.identity for log in logs if named.get(log.path) == log.identity}


def _plans(
    logs: Sequence[Log],
    in_doubt: Sequence[str],
    position: Mapping[str, Any] | None,
    limits: GatherLimits,
    files: Files,
) -> tuple[list[Plan], list[str]]:
    """And the paths of those that came since and turn out to be the rotated ones of others."""
    places = _places(logs, position or {})
    plan_soon(logs, places, limits.keep_bytes, files)
    if position is None:
        return [plan_first(log, files) for log in logs], []
    placed = list(zip(logs, places, strict=True))
    doubted = [log for log, place in placed if log.path in in_doubt and not place]
    plans = [_plan(log, place, files) for log, place in placed if log not in doubted]
    read = {one.log.identity for plan in plans for one in (*plan.new, *plan.earlier)}
    plans += [plan_unknown(log) for log in doubted if log.identity not in read]
    rotated = [log.path for log in doubted if log.identity in read]
    return sorted(plans, key=lambda plan: plan.path), rotated


def _away(found: Matching, plans: Sequence[Plan], position: Mapping[str, Any]) -> dict[str, Place]:
    """What was read before, and was not found by the name that it had, nor by another."""
    taken = {plan.place.mark.identity for plan in plans}
    places = {path: Place.of(kept) for path, kept in sorted(position.items())}
    return {
        path: place
        for path, place in places.items()
        if path not in found.names and place.mark.identity not in taken
    }


def _gone(
    away: Mapping[str, Place], limits: GatherLimits, files: Files
) -> tuple[list[Plan], dict[str, Place]]:
    """The rest of those that have no file any more; and where that is not found."""
    gone = {path: away[path] for path in files.gone(list(away))}
    gone_soon(gone, limits.keep_bytes, files)
    rests, lost = [], {}
    for path, place in gone.items():
        rest = plan_gone(path, place, files)
        if rest is None:
            lost[path] = place
        elif size_of(rest.new) or rest.notices:
            rests.append(rest)
    return rests, lost


def _lost(path: str) -> str:
    return f"{path} is gone, and what was written into it after the last Run with it"


def _plan(log: Log, place: Place | None, files: Files) -> Plan:
    return plan_next(log, place, files) if place else plan_unknown(log)


def _places(logs: Sequence[Log], position: Mapping[str, Any]) -> list[Place | None]:
    """Where each ended: that very file, by whatever name, else the one that had its name."""
    named = {path: Place.of(kept) for path, kept in position.items()}
    same = [_same(log, named.values()) for log in logs]
    return [
        place or (last if (last := named.get(log.path)) not in same else None)
        for log, place in zip(logs, same, strict=True)
    ]


def _same(log: Log, places: Iterable[Place]) -> Place | None:
    marks = [place for place in places if place.mark.identity == log.identity]
    return next((place for place in marks if place.mark.is_in(log)), None)


def _position(plans: Sequence[Plan], last: Mapping[str, Any]) -> dict[str, Any]:
    """With those of files that are not read now: they may be among the newest again."""
    here = {plan.path: plan.place.as_kept() for plan in plans}
    taken = {plan.place.mark.identity for plan in plans}
    away = {
        path: kept
        for path, kept in last.items()
        if path not in here and (kept["device"], kept["inode"]) not in taken
    }
    newest = sorted(away, key=lambda path: away[path]["modified_ns"])[-MOST_KEPT:]
    return {path: away[path] for path in newest} | here
