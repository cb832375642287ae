import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from webapp.fields import CleanText, Strict
from webapp.pipeline.sources.engine import EngineTrouble, look_at_engine
from webapp.pipeline.targets.kind import Here, Kind
from webapp.pipeline.targets.looking import Unusable, printed
from webapp.pipeline.values import GatherLimits, Host

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_DOCKER_URL = re.compile(r"unix:///[^\s?#]+|tcp://[A-Za-z0-9.-]+(:(?P<port>[0-9]+))?/?")
_DOCKER_PORT = 2375
_MAX_PORT = 65_535
_CLIENT = "command -v docker || echo 'not installed, so no command can call it'"


def _docker_host(host: str) -> str:
    url = _DOCKER_URL.fullmatch(host)
    if not (url or _HOST_NAME.fullmatch(host)):
        raise ValueError(
            "This must be localhost (the engine of this machine), a host name, "
            "unix:///path/to/docker.sock or tcp://host:port."
        )
    if url and url["port"] and not 1 <= int(url["port"]) <= _MAX_PORT:
        raise ValueError(f"The port must be from 1 to {_MAX_PORT}.")
    return host


class DockerHostConfig(Strict):
    host: Annotated[CleanText, Field(max_length=500), AfterValidator(_docker_host)] = Field(
        "localhost",
        title="Docker host",
        description="`localhost` (the engine of this machine), a host name (port 2375), "
        "`unix:///path` or `tcp://host:port`.",
        examples=["tcp://10.0.0.5:2375"],
    )


def _host(config: Mapping[str, Any], here: Here) -> Host:
    named: str = config["host"]
    if named == "localhost":
        return Host("docker_host", here.docker_url)
    return Host("docker_host", named if "://" in named else f"tcp://{named}:{_DOCKER_PORT}")


def _look(host: Host, limits: GatherLimits) -> dict[str, str]:
    try:
        engine = look_at_engine(host.docker_url, limits.timeout_seconds)
    except EngineTrouble as error:
        raise Unusable(str(error)) from error
    return {
        "Engine": f"Docker {engine.version}",
        "System": engine.system,
        "Containers": f"{engine.containers}, of which {engine.running} run",
        "Program docker here": printed(_CLIENT, host, limits).strip(),
    }


KIND = Kind(
    called="Docker engine",
    about="a Docker engine",
    config=DockerHostConfig,
    host=_host,
    look=_look,
    place=lambda config: str(config["host"]),
)
