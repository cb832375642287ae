import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from webapp.pipeline.kubernetes.kubectl import Kubectl
from webapp.pipeline.kubernetes.trouble import NO_ANSWER, ClusterTrouble
from webapp.pipeline.sources.kubernetes.config import KubernetesLogsConfig
from webapp.pipeline.sources.kubernetes.pods import Container, Found, containers_of, pods_of
from webapp.pipeline.sources.stamped.lines import Line, LogEnd, Place
from webapp.pipeline.sources.stamped.part import Part, Printer, Wanted, read_part, short
from webapp.pipeline.sources.stamped.reading import Ends, Read, gone_of, places_of, read_stamped
from webapp.pipeline.sources.within import OutOfTimeError
from webapp.pipeline.values import NOTHING, CommandResult, GatherLimits, Host, InputSpec, Tail

MOST_CONTAINERS = 20

_READ_BYTES = 1 << 18


def read_kubernetes(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What the containers of pods printed, in the order of the times that the cluster keeps.

    Restarts are followed, and pods that come and go. `timeout_seconds` bounds everything.
    """
    ends = Ends()
    reader = _Reader(host, spec, limits, ends)
    return read_stamped(spec, limits, ends, reader.read, NO_ANSWER)


class _Into:
    """Feeds the end of a log from a pipe."""

    def __init__(self, end: LogEnd) -> None:
        self._end = end

    def read_from(self, fd: int) -> int:
        data = os.read(fd, _READ_BYTES)
        self.feed(data)
        return len(data)

    def feed(self, data: bytes) -> None:
        self._end.feed(data)

    def tail(self) -> Tail:
        return NOTHING


class _Reader:
    """One read of a cluster, which may be given up: `ends` has what came until then."""

    def __init__(self, host: Host, spec: InputSpec, limits: GatherLimits, ends: Ends) -> None:
        assert host.cluster, "it is made with it"
        config = KubernetesLogsConfig(**spec.config)
        self._kubectl = Kubectl(host, limits, time.monotonic() + limits.timeout_seconds)
        self._config = config
        self._namespace = config.namespace or host.cluster.namespace
        self._wanted = Wanted(config.tail, config.since_seconds)
        self._places = places_of(spec)
        self._keep_bytes = limits.keep_bytes
        self._ends = ends
        self._unread: list[str] = []

    def read(self) -> Read:
        """Or the sentence: all that is raised is OutOfTimeError."""
        try:
            return self._read_all(pods_of(self._kubectl, self._config.pods, self._namespace))
        except ClusterTrouble as trouble:
            if trouble.late:
                raise OutOfTimeError from trouble
            return Read(error=str(trouble))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            return Read(error="what answers is no API server of Kubernetes")

    def _read_all(self, found: Found) -> Read:
        every = self._containers(found)
        if not every:
            return Read(error=self._none(found))
        # Those of the newest pods.
        containers = every[:MOST_CONTAINERS]
        room = self._keep_bytes // len(containers)
        parts = [self._part(one, room) for one in containers]
        if len(self._unread) == len(containers):
            return Read(error="; ".join(self._unread))
        here = [one.printer.name for one in every]
        notices = _over(len(every), found)
        if found.more:
            return Read(parts, notices, away=self._places)
        return Read(parts, [*notices, *gone_of(self._places, here)], away=here)

    def _containers(self, found: Found) -> list[Container]:
        headed = self._namespace == "*"
        return [
            container
            for pod in found.pods
            for container in containers_of(pod, self._config.container, headed=headed)
        ]

    def _none(self, found: Found) -> str:
        asked = f"{self._config.pods} in the namespace {self._namespace}"
        if not found.pods:
            return f"there is no pod of {asked}"
        return f"no pod of {asked} has a container {self._config.container}"

    def _part(self, one: Container, room: int) -> Part:
        place = self._places.get(one.printer.name)
        try:
            part = self._read_surely(one, room, place)
        except ClusterTrouble as trouble:
            if trouble.late:
                raise
            self._unread.append(f"{one.printer.name} could not be read: {trouble}")
            return Part(one.printer.name, (), place=place, notices=[self._unread[-1]])
        if not one.waits:
            return part
        return replace(part, notices=[*part.notices, f"{one.printer.name} waits: {one.waits}"])

    def _read_surely(self, one: Container, room: int, place: Place | None) -> Part:
        """Whose log is read is settled only when it is asked for: it may have been restarted."""
        part = self._read_one(one, room, place)
        if part.context or not one.printer.id:
            return part
        now = self._told_anew(one)
        return part if now.printer.id == one.printer.id else self._read_one(now, room, place)

    def _told_anew(self, one: Container) -> Container:
        pod = self._kubectl.ask("api", "v1", "namespaces", one.namespace, "pods", one.pod)
        headed = self._namespace == "*"
        (now,) = containers_of(pod, one.name, headed=headed)
        return now

    def _read_one(self, one: Container, room: int, place: Place | None) -> Part:
        """All that is printed since it was restarted is new, after the rest of before."""
        printer = one.printer
        if not printer.id:
            return Part(printer.name, (), place=place)
        if place and place.id == printer.id:
            return self._log(one, printer, room, place)
        rest, notices = self._rest(one, room, place)
        start = Place(printer.id, printer.started) if place else None
        part = self._log(one, printer, room, start)
        return replace(part, new=[*rest, *part.new], notices=[*notices, *part.notices])

    def _rest(
        self, one: Container, room: int, place: Place | None
    ) -> tuple[Sequence[Line], list[str]]:
        """What it printed before its restart, as far as it is kept and was not read yet."""
        if one.before is None or not (place or self._config.previous):
            return [], self._made_anew(one, place)
        name = one.printer.name
        notices = [f"{name} was restarted at {short(one.printer.started)}: it had {one.ended}"]
        if place and place.id != one.before.id:
            notices.append(f"{name} was restarted more than once; what it printed between is gone")
        if not self._config.previous:
            return [], notices
        known = place if place and place.id == one.before.id else None
        return self._log(one, one.before, room, known, previous=True).new, notices

    def _made_anew(self, one: Container, place: Place | None) -> list[str]:
        if place is None:
            return []
        name = one.printer.name
        return [f"{name} was made anew; what the old one printed after the last Run went with it"]

    def _log(
        self,
        one: Container,
        printer: Printer,
        room: int,
        place: Place | None,
        *,
        previous: bool = False,
    ) -> Part:
        ask = partial(self._ask, one, room, previous)
        return read_part(printer, place, self._wanted, ask)

    def _ask(
        self, one: Container, room: int, previous: bool, since: str | None, most: int | None
    ) -> LogEnd:
        query = {"container": one.name, "timestamps": "true"}
        # To the second, as that is what every version takes; what is older was read before.
        query |= {"sinceTime": f"{since[:19]}Z"} if since else {}
        query |= {"tailLines": str(most)} if most else {}
        query |= {"previous": "true"} if previous else {}
        end = self._ends.begin(one.printer.name, room)
        path = ("api", "v1", "namespaces", one.namespace, "pods", one.pod, "log")
        self._kubectl.stream(*path, query=query, into=_Into(end))
        return end


def _over(containers: int, found: Found) -> list[str]:
    """Sentences on what is not read."""
    if found.more:
        return ["there are more pods than are looked at, so that not all are read"]
    more = containers - MOST_CONTAINERS
    told = f"of {containers} containers those of the oldest pods, {more}, are not read"
    return [told] if more > 0 else []
