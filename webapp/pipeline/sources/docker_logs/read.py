import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from docker.errors import NotFound  # type: ignore[import-untyped]

from webapp.pipeline.engine_address import named
from webapp.pipeline.sources.docker_logs.config import DockerLogsConfig
from webapp.pipeline.sources.docker_logs.wire import chunks, payloads
from webapp.pipeline.sources.engine import TROUBLE, came_late, connected, no_answer, why
from webapp.pipeline.sources.stamped.lines import Line, LogEnd, Place
from webapp.pipeline.sources.stamped.part import Part, Printer, Wanted, read_part, short
from webapp.pipeline.sources.stamped.reading import Ends, Read, gone_of, places_of, read_stamped
from webapp.pipeline.sources.within import OutOfTimeError
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec

MOST_CONTAINERS = 20

_COMPOSE = "com.docker.compose"


@dataclass(frozen=True)
class _Container:
    printer: Printer
    has_terminal: bool
    created: str
    driver: str

    @property
    def name(self) -> str:
        return self.printer.name


def read_docker_logs(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What containers printed on stdout and stderr, in the order of the engine's times.

    A container that was made anew is followed. `timeout_seconds` bounds everything, however slow
    the engine is.
    """
    ends = Ends()
    reader = _Reader(host.docker_url, spec, limits, ends)
    return read_stamped(spec, limits, ends, reader.read, no_answer(host.docker_url))


class _Reader:
    """One read of an engine, which may be given up: `ends` has what came until then."""

    def __init__(self, url: str, spec: InputSpec, limits: GatherLimits, ends: Ends) -> None:
        self._url, self._asked = url, spec.config["container_name"]
        self._deadline = time.monotonic() + limits.timeout_seconds
        most: int = spec.config.get("tail") or DockerLogsConfig.model_fields["tail"].default
        self._wanted = Wanted(most, spec.config.get("since_seconds"))
        self._places = places_of(spec)
        self._keep_bytes = limits.keep_bytes
        self._ends = ends
        self._passed_over: list[str] = []
        self._not_read: set[str] = set()

    def read(self) -> Read:
        """Or the sentence: all that is raised is OutOfTimeError."""
        try:
            with connected(self._url, self._left()) as client:
                return self._read_all(client.api)
        except NotFound:
            return Read(error=self._not_found())
        except TROUBLE as problem:
            if came_late(problem):
                raise OutOfTimeError from problem
            return Read(error=why(self._url, problem))

    def _not_found(self) -> str:
        if _is_one(self._asked):
            return f"there is no container {self._asked} on {named(self._url)}"
        return f"a container of {_said(self._asked)} was removed while it was read"

    def _read_all(self, api: Any) -> Read:
        found = self._found(api)
        if not found:
            return Read(error=f"no container on {named(self._url)} has {_said(self._asked)}")
        readable = [one for one in found if one.driver != "none"]
        mute = [
            f"{one.name} keeps no output: its log driver is none"
            for one in found
            if one.driver == "none"
        ]
        if not readable:
            return Read(error="; ".join(mute))
        room = self._keep_bytes // len(readable)
        here = {one.name for one in found} | self._not_read
        parts = [self._part(api, one, room) for one in readable]
        notices = [*mute, *self._passed_over, *gone_of(self._places, here)]
        return Read(parts, notices, away=self._not_read)

    def _found(self, api: Any) -> list[_Container]:
        """One by its name or id, or the newest that have the labels."""
        if _is_one(self._asked):
            return [self._inspected(api, self._asked)]
        self._give_time(api)
        rows = api.containers(all=True, filters={"label": _labels(self._asked)})
        rows = sorted(rows, key=lambda row: row["Created"], reverse=True)
        newest, older = rows[:MOST_CONTAINERS], rows[MOST_CONTAINERS:]
        if older:
            self._passed_over = [f"of {len(rows)} containers the oldest {len(older)} are not read"]
            self._not_read = {row["Names"][0].lstrip("/") for row in older}
        return sorted((self._inspected(api, row["Id"]) for row in newest), key=lambda one: one.name)

    def _inspected(self, api: Any, name: str) -> _Container:
        self._give_time(api)
        return _container(api.inspect_container(name), name)

    def _part(self, api: Any, one: _Container, room: int) -> Part:
        """All of a container that is new under its name is new, after the rest of the old one."""
        place = self._places.get(one.name)
        if place and place.id != one.printer.id:
            rest, notice = self._rest(api, one, place, room)
            part = self._read(api, one, room, Place(one.printer.id, one.printer.started))
            return replace(part, new=[*rest, *part.new], notices=[notice, *part.notices])
        part = self._read(api, one, room, place)
        started = one.printer.started
        if place and place.started != started:
            notice = f"the container {one.name} was started again at {short(started)}"
            return replace(part, notices=[notice, *part.notices])
        return part

    def _rest(
        self, api: Any, one: _Container, place: Place, room: int
    ) -> tuple[Sequence[Line], str]:
        notice = f"the container {one.name} was made anew at {short(one.created)}"
        try:
            old = self._inspected(api, place.id)
            return self._read(api, old, room, place).new, notice
        except NotFound:
            return [], f"{notice}; what the old one printed after the last Run went with it"

    def _read(self, api: Any, one: _Container, room: int, place: Place | None) -> Part:
        return read_part(one.printer, place, self._wanted, partial(self._logs, api, one, room))

    def _logs(
        self, api: Any, one: _Container, room: int, since: str | None, most: int | None
    ) -> LogEnd:
        end = self._ends.begin(one.name, room)
        self._give_time(api)
        params = {"stdout": 1, "stderr": 1, "timestamps": 1, "tail": str(most or "all")}
        if since:
            params["since"] = _seconds(since)
        sent = chunks(api, one.printer.id, params, self._deadline)
        for data in sent if one.has_terminal else payloads(sent):
            end.feed(data)
        return end

    def _give_time(self, api: Any) -> None:
        api.timeout = self._left()

    def _left(self) -> float:
        """At least a moment, since no time at all would mean to wait for ever."""
        return max(0.01, self._deadline - time.monotonic())


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
        Printer(
            id=told["Id"],
            name=told.get("Name", asked).lstrip("/"),
            started=told.get("State", {}).get("StartedAt", ""),
            runs=told.get("State", {}).get("Running", False),
        ),
        has_terminal=told["Config"]["Tty"],
        created=told.get("Created", ""),
        driver=told.get("HostConfig", {}).get("LogConfig", {}).get("Type", ""),
    )


def _seconds(time_: str) -> str:
    """As the engine takes it, to the nanosecond."""
    return f"{int(datetime.fromisoformat(time_[:19] + '+00:00').timestamp())}.{time_[20:29]}"
