import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from webapp.fields import CleanText, Name, Strict, Time
from webapp.schemas.base import Out, Resource
from webapp.schemas.configs import config_of, config_schema

HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
DOCKER_URL = re.compile(r"unix:///[^\s?#]+|tcp://[A-Za-z0-9.-]+(:(?P<port>[0-9]+))?/?")
DOCKER_PORT = 2375
MAX_PORT = 65_535


def _docker_host(host: str) -> str:
    url = DOCKER_URL.fullmatch(host)
    if not (url or HOST_NAME.fullmatch(host)):
        raise ValueError(
            "This must be localhost (the engine of this machine), a host name, "
            "unix:///path/to/docker.sock or tcp://host:port."
        )
    if url and url["port"] and not 1 <= int(url["port"]) <= MAX_PORT:
        raise ValueError(f"The port must be from 1 to {MAX_PORT}.")
    return host


class LocalConfig(Strict):
    """This machine needs nothing to be reached."""


class DockerHostConfig(Strict):
    host: Annotated[CleanText, Field(max_length=500), AfterValidator(_docker_host)] = Field(
        "localhost",
        description="`localhost`, a host name (port 2375), `unix:///path` or `tcp://host:port`.",
        examples=["localhost", "tcp://10.0.0.5:2375"],
    )


CONNECTION_CONFIGS: dict[str, type[Strict]] = {
    "local": LocalConfig,
    "docker_host": DockerHostConfig,
}


class TargetIn(Resource):
    kind = ("type", "connection_config")

    name: Name = Field(description="What people call it.", examples=["trade-bot-host-1"])
    type: Literal["local", "docker_host"] = Field(
        description="`local`: this machine. `docker_host`: a Docker engine."
    )
    connection_config: Annotated[dict[str, Any], config_schema(CONNECTION_CONFIGS)] = Field(
        default_factory=dict,
        validate_default=True,
        description="How to reach it: nothing for `local`, `host` for `docker_host`.",
        examples=[{"host": "localhost"}],
    )

    @field_validator("connection_config")
    @classmethod
    def _of_its_type(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return config_of(CONNECTION_CONFIGS, info.data.get("type"), value)


class TargetOut(Out):
    id: int
    name: str
    type: str
    connection_config: dict[str, Any]
    created_at: Time
    updated_at: Time


class TargetCheckOut(Out):
    """Whether it can be used just now."""

    ok: bool
    duration_ms: int
    facts: dict[str, str] = Field(description="What it says of itself, by what each is.")
    error: str | None = Field(description="Why it cannot be used, as a sentence.")


def docker_url(connection_config: dict[str, Any]) -> str | None:
    """The DOCKER_HOST that a Docker Target's config means; None: this machine's own engine."""
    host: str = connection_config["host"]
    if host == "localhost":
        return None
    return host if "://" in host else f"tcp://{host}:{DOCKER_PORT}"
