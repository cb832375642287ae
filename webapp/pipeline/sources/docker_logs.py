import time
from collections.abc import Iterable, Iterator
from contextlib import closing

import docker  # type: ignore[import-untyped]
from docker.errors import (  # type: ignore[import-untyped]
    DockerException,
    NotFound,
    create_api_error_from_http_exception,
)
from docker.models.containers import Container  # type: ignore[import-untyped]
from requests import HTTPError, RequestException

from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec

_DEFAULT_LINES = 2000
_CHUNK_BYTES = 1 << 16
_HEADER_BYTES = 8


class _OutOfTimeError(Exception):
    pass


def read_docker_logs(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What a container printed on stdout and stderr, in the order in which the engine has it.

    config: `container_name`; `tail`, the newest so many lines (2000); `since_seconds`, only what
    is younger (None: any age). `timeout_seconds` bounds each wait for the engine and the reading.
    """
    started = time.monotonic()
    url = host.docker_url
    keeper = TailKeeper(limits.keep_bytes)
    error = None
    try:
        with closing(docker.DockerClient(url, timeout=limits.timeout_seconds)) as client:
            container = client.containers.get(spec.config["container_name"])
            for data in _logs(client, container, spec, started + limits.timeout_seconds):
                keeper.feed(data)
    except NotFound:
        error = f"there is no container {spec.config['container_name']} on {url}"
    except _OutOfTimeError:
        seconds = limits.timeout_seconds
        error = f"timed out after {seconds:g} s; what was read until then was kept"
    except (DockerException, RequestException) as problem:
        error = _sentence(url, problem)
    duration_ms = round((time.monotonic() - started) * 1000)
    return CommandResult(None, duration_ms, keeper.tail(), "", error)


def _logs(
    client: docker.DockerClient, container: Container, spec: InputSpec, deadline: float
) -> Iterator[bytes]:
    # Not container.logs(stream=True): it switches every time-out off, and reads the logs of a
    # container with a terminal byte by byte.
    api = client.api
    params = {"stdout": 1, "stderr": 1, "tail": spec.config.get("tail") or _DEFAULT_LINES}
    if (since_seconds := spec.config.get("since_seconds")) is not None:
        params["since"] = int(time.time()) - since_seconds
    url = f"{api.base_url}/v{api.api_version}/containers/{container.id}/logs"
    with api.get(url, params=params, stream=True, timeout=api.timeout) as response:
        try:
            response.raise_for_status()
        except HTTPError as problem:
            create_api_error_from_http_exception(problem)
        chunks = _until(deadline, response.iter_content(_CHUNK_BYTES))
        has_terminal = container.attrs["Config"]["Tty"]
        yield from chunks if has_terminal else _payloads(chunks)


def _until(deadline: float, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        if time.monotonic() > deadline:
            raise _OutOfTimeError


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


def _sentence(url: str, problem: BaseException) -> str:
    cause = _root(problem)
    if isinstance(cause, PermissionError):
        return f"no permission to use the Docker engine's socket {url}"
    if isinstance(cause, TimeoutError):
        return f"the Docker engine at {url} did not answer in time"
    if isinstance(cause, OSError) and cause.strerror:
        return f"the Docker engine at {url} is not reachable: {cause.strerror}"
    return f"the Docker engine at {url} failed: {problem}"


def _root(problem: BaseException) -> BaseException:
    while cause := problem.__cause__ or problem.__context__:
        problem = cause
    return problem
