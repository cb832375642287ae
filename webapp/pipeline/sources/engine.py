"""A Docker engine: how it is, and in a sentence what is wrong with it."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException  # type: ignore[import-untyped]
from requests import RequestException
from urllib3.exceptions import HTTPError as TransportError

from webapp.pipeline.sources.within import OutOfTimeError, within

# What it, the way to it, or what answers in its place can raise.
_UNREACHED = (DockerException, RequestException, TransportError, OSError)
TROUBLE = (*_UNREACHED, AttributeError, LookupError, TypeError, ValueError)


class EngineTrouble(Exception):
    """It cannot be used; the text is a sentence."""


@dataclass(frozen=True)
class Engine:
    """`running` of its `containers` run just now."""

    version: str
    system: str
    containers: int
    running: int


def look_at_engine(url: str, seconds: float) -> Engine:
    """Raises EngineTrouble, within `seconds` however slow it is."""
    try:
        found = within(seconds, lambda: _look(url, seconds))
    except OutOfTimeError:
        raise EngineTrouble(no_answer(url)) from None
    if isinstance(found, str):
        raise EngineTrouble(found)
    return found


def _look(url: str, seconds: float) -> Engine | str:
    """Or the sentence: nothing that is raised here gets out of the thread that it runs in."""
    try:
        with connected(url, seconds) as client:
            told = client.api.info()
        return Engine(
            version=str(told["ServerVersion"]),
            system=str(told["OperatingSystem"]),
            containers=int(told["Containers"]),
            running=int(told["ContainersRunning"]),
        )
    except TROUBLE as problem:
        return no_answer(url) if came_late(problem) else why(url, problem)


@contextmanager
def connected(url: str, seconds: float) -> Iterator[docker.DockerClient]:
    """A client whose every call ends within `seconds`. Raises one of TROUBLE."""
    _reach(url, seconds)
    with closing(docker.DockerClient(url, timeout=seconds)) as client:
        yield client


def _reach(url: str, seconds: float) -> None:
    """The library leaves a socket open that it could not connect."""
    scheme, _, path = url.partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as tried:
            tried.settimeout(seconds)
            tried.connect(f"/{path.lstrip('/')}")


def no_answer(url: str) -> str:
    return f"the Docker engine at {url} did not answer in time"


def came_late(problem: BaseException) -> bool:
    return isinstance(problem, _UNREACHED) and isinstance(_root(problem), TimeoutError)


def why(url: str, problem: BaseException) -> str:
    """The sentence for one of TROUBLE."""
    if not isinstance(problem, _UNREACHED):
        return f"the Docker engine at {url} cannot be used: {_what_is_wrong(problem)}"
    cause = _root(problem)
    if isinstance(cause, PermissionError):
        return f"no permission to use the Docker engine's socket {url}"
    if isinstance(cause, OSError) and cause.strerror:
        return f"the Docker engine at {url} is not reachable: {cause.strerror}"
    return f"the Docker engine at {url} failed: {_what_is_wrong(problem)}"


def _root(problem: BaseException) -> BaseException:
    while cause := problem.__cause__ or problem.__context__:
        problem = cause
    return problem


def _what_is_wrong(problem: BaseException) -> str:
    if isinstance(problem, KeyError):
        return f"its answer has no {problem}"
    return " ".join(str(problem).split())
