import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from docker.errors import NotFound  # type: ignore[import-untyped]

from webapp.clock import milliseconds_since
from webapp.pipeline.engine_address import named
from webapp.pipeline.sources.docker_logs.config import DockerLogsConfig
from webapp.pipeline.sources.docker_logs.log import Line, LogEnd, Place, first_new
from webapp.pipeline.sources.docker_logs.merged import Part, merged_tail
from webapp.pipeline.sources.docker_logs.wire import chunks, payloads
from webapp.pipeline.sources.engine import TROUBLE, came_late, connected, no_answer, why
from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec

MOST_CONTAINERS = 20

_LATE = "late"
_COMPOSE = "com.docker.compose"


@dataclass(frozen=True)
class _Container:
    id: str
    name: str
    has_terminal: bool
    started: str
    created: str
    driver: str
    runs: bool


@dataclass(frozen=True)
class _Read:
    parts: Sequence[Part] = ()
    notices: Sequence[str] = ()
    error: str | None = None


def read_docker_logs(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What containers printed on stdout and stderr, in the order of the engine's times.

    `position`: by the container's name, its Place. A container that was made anew is followed.
    `timeout_seconds` bounds everything, however slow the engine is.
    """
    started = time.monotonic()
    url, seconds = host.docker_url, limits.timeout_seconds
    reader = _Reader(url, spec, limits.keep_bytes, started + seconds)
    try:
        read = within(seconds, reader.read)
    except OutOfTimeError:
        read = _Read(error=_LATE)
    if read.error == _LATE:
        read = reader.until_now(seconds)
    tail = merged_tail(read.parts, spec, limits.keep_bytes)
    notices = (*read.notices, *(notice for part in read.parts for notice in part.notices))
    return CommandResult(
        None,
        milliseconds_since(started),
        tail,
        error=read.error,
        position=None if read.error else _position(read.parts),
        notices=notices,
    )


def _position(parts: Sequence[Part]) -> Mapping[str, Any]:
    return {part.name: part.place.as_kept() for part in parts if part.place}


class _Reader:
    """One read of an engine, which may be given up: `ends` has what came until then."""

    def __init__(self, url: str, spec: InputSpec, keep_bytes: int, deadline: float) -> None:
        self._url, self._asked, self._deadline = url, spec.config["container_name"], deadline
        self._most: int = spec.config.get("tail") or DockerLogsConfig.model_fields["tail"].default
        self._back: int | None = spec.config.get("since_seconds")
        self._places = _places(spec)
        self._keep_bytes = keep_bytes
        self._ends: list[tuple[str, LogEnd]] = []
        self._passed_over: list[str] = []

    def read(self) -> _Read:
        """Or the sentence: nothing that is raised here gets out of the thread that it runs in."""
        try:
            with connected(self._url, self._left()) as client:
                return self._read_all(client.api)
        except OutOfTimeError:
            return _Read(error=_LATE)
        except NotFound:
            return _Read(error=self._not_found())
        except TROUBLE as problem:
            return _Read(error=_LATE if came_late(problem) else why(self._url, problem))

    def _not_found(self) -> str:
        if _is_one(self._asked):
            return f"there is no container {self._asked} on {named(self._url)}"
        return f"a container of {_said(self._asked)} was removed while it was read"

    def until_now(self, seconds: float) -> _Read:
        parts = [Part(name, end.lines(with_unended=True)) for name, end in self._ends]
        if not any(part.new for part in parts):
            return _Read(error=no_answer(self._url))
        return _Read(
            parts, error=f"timed out after {seconds:g} s; what was read until then was kept"
        )

    def _read_all(self, api: Any) -> _Read:
        found = self._found(api)
        if not found:
            return _Read(error=f"no container on {named(self._url)} has {_said(self._asked)}")
        readable = [one for one in found if one.driver != "none"]
        mute = [
            f"{one.name} keeps no output: its log driver is none"
            for one in found
            if one.driver == "none"
        ]
        if not readable:
            return _Read(error="; ".join(mute))
        room = self._keep_bytes // len(readable)
        parts = [self._part(api, one, room) for one in readable]
        return _Read(parts, [*mute, *self._passed_over, *self._gone(found)])

    def _found(self, api: Any) -> list[_Container]:
        """One by its name or id, or the newest that have the labels."""
        if _is_one(self._asked):
            return [self._inspected(api, self._asked)]
        self._give_time(api)
        rows = api.containers(all=True, filters={"label": _labels(self._asked)})
        newest = sorted(rows, key=lambda row: row["Created"], reverse=True)[:MOST_CONTAINERS]
        if over := len(rows) - len(newest):
            self._passed_over = [f"of {len(rows)} containers the oldest {over} are not read"]
        return sorted((self._inspected(api, row["Id"]) for row in newest), key=lambda one: one.name)

    def _inspected(self, api: Any, name: str) -> _Container:
        self._give_time(api)
        return _container(api.inspect_container(name), name)

    def _gone(self, found: Sequence[_Container]) -> list[str]:
        here = {one.name for one in found}
        return [f"the container {name} is gone" for name in self._places if name not in here]

    def _part(self, api: Any, one: _Container, room: int) -> Part:
        """All of a container that is new under its name is new, after the rest of the old one."""
        place = self._places.get(one.name)
        if place and place.id != one.id:
            rest, notice = self._rest(api, one, place, room)
            part = self._new_part(api, one, room, Place(one.id, one.started))
            return replace(part, new=[*rest, *part.new], notices=[notice, *part.notices])
        part = self._new_part(api, one, room, place)
        if place and place.started != one.started:
            notice = f"the container {one.name} was started again at {_short(one.started)}"
            return replace(part, notices=[notice, *part.notices])
        return part

    def _rest(
        self, api: Any, one: _Container, place: Place, room: int
    ) -> tuple[Sequence[Line], str]:
        notice = f"the container {one.name} was made anew at {_short(one.created)}"
        try:
            old = self._inspected(api, place.id)
            return self._new_part(api, old, room, place).new, notice
        except NotFound:
            return [], f"{notice}; what the old one printed after the last Run went with it"

    def _new_part(self, api: Any, one: _Container, room: int, place: Place | None) -> Part:
        end = self._logs(api, one, room, self._since(place), str(self._most + 1))
        lines = end.lines(with_unended=not one.runs)
        whole = len(lines) <= self._most and not end.dropped_lines
        start = 0 if place is None else first_new(lines, place, whole=whole)
        if start is None and place:
            # So many lines came that the last of before have to be asked for by their time.
            end = self._logs(api, one, room, place.time, "all")
            lines = end.lines(with_unended=not one.runs)
            start = first_new(lines, place, whole=True) or 0
        return self._cut(one, lines, start or 0, end, place)

    def _cut(
        self, one: _Container, lines: Sequence[Line], start: int, end: LogEnd, place: Place | None
    ) -> Part:
        """The newest of the lines, and what is missing before them."""
        new, over = lines[start:], max(0, len(lines) - self._most)
        kept = lines[over:]
        context = kept[: max(0, start - over)]
        newest = kept[len(context) :]
        missing = end.dropped_lines + over
        # What comes before a line that was read at an earlier Run is not missed.
        cut = len(new) - len(newest) + (0 if start else end.dropped_lines)
        reached = (place or Place(one.id, one.started)).after(new)
        return Part(
            one.name,
            newest,
            context if place else (),
            replace(reached, started=one.started),
            _missed(one.name, place, lines, start, cut),
            missing,
            end.dropped_bytes + sum(len(line.text) for line in lines[:over]),
            at_least=over > 0,
        )

    def _since(self, place: Place | None) -> str | None:
        """What came since the last Run is read, however far back that is."""
        if self._back is None:
            return None
        back = (
            f"{datetime.fromtimestamp(time.time() - self._back, UTC):%Y-%m-%dT%H:%M:%S.000000000Z}"
        )
        return min(back, place.time) if place and place.time else back

    def _logs(self, api: Any, one: _Container, room: int, since: str | None, tail: str) -> LogEnd:
        end = LogEnd(room)
        self._ends.append((one.name, end))
        self._give_time(api)
        params = {"stdout": 1, "stderr": 1, "timestamps": 1, "tail": tail}
        if since:
            params["since"] = _seconds(since)
        sent = chunks(api, one.id, params, self._deadline)
        for data in sent if one.has_terminal else payloads(sent):
            end.feed(data)
        return end

    def _give_time(self, api: Any) -> None:
        api.timeout = self._left()

    def _left(self) -> float:
        """At least a moment, since no time at all would mean to wait for ever."""
        return max(0.01, self._deadline - time.monotonic())


def _places(spec: InputSpec) -> dict[str, Place]:
    return {name: Place(**kept) for name, kept in (spec.position or {}).items()}


def _is_one(asked: str) -> bool:
    return "=" not in asked and "/" not in asked


def _labels(asked: str) -> list[str]:
    if "=" in asked:
        return asked.split(",")
    project, service = asked.split("/")
    return [f"{_COMPOSE}.project={project}", f"{_COMPOSE}.service={service}"]


def _said(asked: str) -> str:
    return f"the labels {asked}" if "=" in asked else f"the project and service {asked} of Compose"


def _container(told: Mapping[str, Any], asked: str) -> _Container:
    return _Container(
        id=told["Id"],
        name=told.get("Name", asked).lstrip("/"),
        has_terminal=told["Config"]["Tty"],
        started=told.get("State", {}).get("StartedAt", ""),
        created=told.get("Created", ""),
        driver=told.get("HostConfig", {}).get("LogConfig", {}).get("Type", ""),
        runs=told.get("State", {}).get("Running", False),
    )


def _short(time_: str) -> str:
    return f"{time_[:19].replace('T', ' ')} UTC"


def _seconds(time_: str) -> str:
    """As the engine takes it, to the nanosecond."""
    return f"{int(datetime.fromisoformat(time_[:19] + '+00:00').timestamp())}.{time_[20:29]}"


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
    begins = f"its log begins at {_short(lines[0].time)} now, as its driver drops what is older"
    return [f"lines of {name} after {_short(place.time)} may be missing: {begins}"]
