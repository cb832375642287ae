"""A Docker engine: how it is, and in a sentence what is wrong with it."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ssl import SSLError

import docker  # type: ignore[import-untyped]
from docker.errors import DockerException  # type: ignore[import-untyped]
from docker.tls import TLSConfig  # type: ignore[import-untyped]
from requests import RequestException
from urllib3.exceptions import HTTPError as TransportError

from webapp.pipeline import engine_address
from webapp.pipeline.engine_address import named
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
    host, certificates = engine_address.parts(url)
    with closing(docker.DockerClient(host, timeout=seconds, tls=_tls(certificates))) as client:
        yield client


def _tls(certificates: str | None) -> TLSConfig | bool:
    """Raises TLSParameterError where the client's are missing."""
    if certificates is None:
        return False
    ca, cert, key = (f"{certificates}/{name}.pem" for name in ("ca", "cert", "key"))
    return TLSConfig(client_cert=(cert, key), ca_cert=ca, verify=True)


def _reach(url: str, seconds: float) -> None:
    """The library leaves a socket open that it could not connect."""
    scheme, _, path = url.partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as tried:
            tried.settimeout(seconds)
            tried.connect(f"/{path.lstrip('/')}")


def no_answer(url: str) -> str:
    return f"the Docker engine at {named(url)} did not answer in time"


def came_late(problem: BaseException) -> bool:
    return isinstance(problem, _UNREACHED) and isinstance(_root(problem), TimeoutError)


def why(url: str, problem: BaseException) -> str:
    """The sentence for one of TROUBLE."""
    url = named(url)
    if not isinstance(problem, _UNREACHED):
        return f"the Docker engine at {url} cannot be used: {_what_is_wrong(problem)}"
    cause = _root(problem)
    if isinstance(cause, PermissionError):
        return f"no permission to use the Docker engine's socket {url}"
    if isinstance(cause, SSLError):
        return f"the Docker engine at {url} and the certificates here do not fit: {_of_tls(cause)}"
    if isinstance(cause, OSError) and cause.strerror:
        return f"the Docker engine at {url} is not reachable: {cause.strerror}"
    return f"the Docker engine at {url} failed: {_what_is_wrong(problem)}"


def _of_tls(problem: SSLError) -> str:
    told = getattr(problem, "verify_message", "") or problem.reason or str(problem)
    return str(told).lower().replace("_", " ")


def _root(problem: BaseException) -> BaseException:
    while cause := problem.__cause__ or problem.__context__:
        problem = cause
    return problem


def _what_is_wrong(problem: BaseException) -> str:
    if isinstance(problem, KeyError):
        return f"its answer has no {problem}"
    return " ".join(str(problem).split())
