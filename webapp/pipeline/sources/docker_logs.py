import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import Lock
from typing import Annotated, Any

from docker.errors import (  # type: ignore[import-untyped]
    NotFound,
    create_api_error_from_http_exception,
)
from pydantic import Field, StringConstraints
from requests import HTTPError, Response

from webapp.fields import Strict, Whole
from webapp.pipeline.engine_address import named
from webapp.pipeline.sources.engine import TROUBLE, came_late, connected, no_answer, why
from webapp.pipeline.sources.kind import Kind
from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec, Tail
from webapp.sentences import known_pattern

_CHUNK_BYTES = 1 << 16
_HEADER_BYTES = 8
_LATE = "late"
_CONTAINER = StringConstraints(
    pattern=known_pattern(
        r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        "This must be the name or id of a container: letters, digits, _, . and -.",
    ),
    max_length=255,
)


class DockerLogsConfig(Strict):
    container_name: Annotated[str, _CONTAINER] = Field(
        title="Container",
        description="Name or id of the container.",
        examples=["btc_trading_service"],
        json_schema_extra={"offered": "containers"},
    )
    tail: Annotated[int, Whole(1, 100_000)] = Field(
        2000,
        title="Lines from the end",
        description="At most so many lines are read.",
        examples=[500],
    )
    since_seconds: Annotated[int, Whole(1, 2_678_400)] | None = Field(
        None,
        title="Seconds back",
        description="Only what is younger; empty: whatever the number of lines gives.",
        examples=[300],
    )


class _Kept:
    """What was read until now; the reader may be given up while it reads on."""

    def __init__(self, keep_bytes: int) -> None:
        self._lock = Lock()
        self._keeper = TailKeeper(keep_bytes)
        self._lines = 0

    def feed(self, data: bytes) -> None:
        with self._lock:
            self._keeper.feed(data)
            self._lines += data.count(b"\n")

    def newest(self, max_lines: int) -> Tail:
        """Of one line more than `max_lines`, that line only says that there are earlier ones."""
        with self._lock:
            tail, lines = self._keeper.tail(), self._lines
        if lines <= max_lines:
            return tail
        if tail.lost_lines or tail.torn:
            return replace(tail, at_least=True)
        line, end, rest = tail.text.partition("\n")
        lost_bytes = tail.lost_bytes + len((line + end).encode())
        return replace(tail, text=rest, lost_lines=1, lost_bytes=lost_bytes, at_least=True)


def read_docker_logs(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What a container printed on stdout and stderr, in the order in which the engine has it.

    config: `container_name`; `tail`, the newest so many lines (2000); `since_seconds`, only what
    is younger (None: any age). `timeout_seconds` bounds everything, however slow the engine is.
    """
    started = time.monotonic()
    url, seconds = host.docker_url, limits.timeout_seconds
    kept = _Kept(limits.keep_bytes)
    try:
        error = within(seconds, lambda: _read(url, spec, kept, started + seconds))
    except OutOfTimeError:
        error = _LATE
    tail = kept.newest(_max_lines(spec))
    if error == _LATE:
        error = f"timed out after {seconds:g} s; what was read until then was kept"
        if not tail.total_bytes:
            error = no_answer(url)
    return CommandResult(None, round((time.monotonic() - started) * 1000), tail, error=error)


def _max_lines(spec: InputSpec) -> int:
    lines: int = spec.config.get("tail") or DockerLogsConfig.model_fields["tail"].default
    return lines


def _read(url: str, spec: InputSpec, kept: _Kept, deadline: float) -> str | None:
    """Feeds `kept`; None, or the sentence that says why it failed, or _LATE."""
    name = spec.config["container_name"]
    try:
        with connected(url, _left(deadline)) as client:
            client.api.timeout = _left(deadline)
            details = client.api.inspect_container(name)
            container_id, has_terminal = details["Id"], details["Config"]["Tty"]
            client.api.timeout = _left(deadline)
            chunks = _chunks(client.api, container_id, spec, deadline)
            for data in chunks if has_terminal else _payloads(chunks):
                kept.feed(data)
    except OutOfTimeError:
        return _LATE
    except NotFound:
        return f"there is no container {name} on {named(url)}"
    except TROUBLE as problem:
        return _LATE if came_late(problem) else why(url, problem)
    return None


def _left(deadline: float) -> float:
    """At least a moment, since no time at all would mean to wait for ever."""
    return max(0.01, deadline - time.monotonic())


def _chunks(api: Any, container_id: str, spec: InputSpec, deadline: float) -> Iterator[bytes]:
    # Not container.logs(stream=True): it switches every time-out off, and reads the logs of a
    # container with a terminal byte by byte.
    params = {"stdout": 1, "stderr": 1, "tail": _max_lines(spec) + 1}
    if (since_seconds := spec.config.get("since_seconds")) is not None:
        params["since"] = int(time.time()) - since_seconds
    url = f"{api.base_url}/v{api.api_version}/containers/{container_id}/logs"
    with api.get(url, params=params, stream=True, timeout=api.timeout) as response:
        _raise_for_status(response)
        # read1: what is there, instead of waiting for a whole chunk.
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            yield chunk
            if time.monotonic() > deadline:
                raise OutOfTimeError


def _raise_for_status(response: Response) -> None:
    try:
        response.raise_for_status()
    except HTTPError as problem:
        create_api_error_from_http_exception(problem)


def _payloads(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without the engine's frames: 8 bytes, of which the last 4 are the length, big-endian."""
    header, left = b"", 0
    for chunk in chunks:
        rest = chunk
        while rest:
            part = rest[: left or _HEADER_BYTES - len(header)]
            rest = rest[len(part) :]
            if left:
                left -= len(part)
                yield part
            elif len(header := header + part) == _HEADER_BYTES:
                header, left = b"", int.from_bytes(header[4:], "big")


KIND = Kind(
    called="Container output",
    about="what a container prints",
    on=("local", "docker_host"),
    config=DockerLogsConfig,
    read=read_docker_logs,
    place=lambda config: str(config["container_name"]),
)
