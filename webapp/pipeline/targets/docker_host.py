import re
import shlex
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
)

from webapp.fields import CleanText, Path, Strict
from webapp.pipeline.engine_address import with_certificates
from webapp.pipeline.sources.engine import EngineTrouble, look_at_engine
from webapp.pipeline.ssh.engine import engine_here
from webapp.pipeline.ssh.trouble import Trouble
from webapp.pipeline.targets.kind import Here, Kind
from webapp.pipeline.targets.looking import Unusable, printed, require_way
from webapp.pipeline.values import GatherLimits, Host, SshHost

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_DOCKER_URL = re.compile(r"unix:///[^\s?#]+|tcp://[A-Za-z0-9.-]+(:(?P<port>[0-9]+))?/?")
_SSH_URL = re.compile(
    r"ssh://((?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)"
    r"(:(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9_./-]+)?/?"
)
_DOCKER_PORT, _DOCKER_TLS_PORT = 2375, 2376
_MAX_PORT = 65_535
_CLIENT = "command -v docker || echo 'not installed, so no command can call it'"


def _docker_host(host: str) -> str:
    url = _DOCKER_URL.fullmatch(host) or _SSH_URL.fullmatch(host)
    if not (url or _HOST_NAME.fullmatch(host)):
        raise ValueError(
            "This must be localhost (the engine of this machine), a host name, "
            "unix:///path/to/docker.sock, tcp://host:port or ssh://user@host."
        )
    if url and url["port"] and not 1 <= int(url["port"]) <= _MAX_PORT:
        raise ValueError(f"The port must be from 1 to {_MAX_PORT}.")
    return host


class DockerHostConfig(Strict):
    host: Annotated[CleanText, Field(max_length=500), AfterValidator(_docker_host)] = Field(
        "localhost",
        title="Docker host",
        description="`localhost` (the engine of this machine), a host name (port 2375, by TLS "
        "2376), `unix:///path`, `tcp://host:port`, or `ssh://user@host` for its socket by SSH.",
        examples=["ssh://ops@10.0.0.5"],
    )

    certificates: Path | None = Field(
        None,
        validate_default=True,
        title="Folder of certificates",
        description="For `tcp://` with TLS: where `ca.pem`, `cert.pem` and `key.pem` lie, on the "
        "machines that run the service.",
        examples=["/etc/docker/client"],
    )

    @field_validator("certificates")
    @classmethod
    def _only_over_tcp(cls, folder: str | None, info: ValidationInfo) -> str | None:
        host = str(info.data.get("host", ""))
        if folder and (host == "localhost" or host.startswith(("unix:", "ssh:"))):
            raise ValueError("Only an engine at tcp://host:port is reached with certificates.")
        return folder

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As such a config was before it could have certificates."""
        return {name: value for name, value in dump(self).items() if value is not None}


def _host(config: Mapping[str, Any], here: Here) -> Host:
    named: str = config["host"]
    if named == "localhost":
        return Host("docker_host", here.docker_url)
    if url := _SSH_URL.fullmatch(named):
        port = int(url["port"]) if url["port"] else None
        on = SshHost(url["name"], here.folder / "ssh", url["user"], port)
        path = url["path"] or Host.engine_path
        return Host("docker_host", named, engine_on=on, engine_path=path)
    return Host("docker_host", _address(named, config.get("certificates")))


def _address(named: str, certificates: str | None) -> str:
    port = _DOCKER_TLS_PORT if certificates else _DOCKER_PORT
    url = named if "://" in named else f"tcp://{named}:{port}"
    return with_certificates(url, certificates) if certificates else url


def _look(host: Host, limits: GatherLimits) -> dict[str, str]:
    """By SSH with the time that it takes to be let in beside that of a look."""
    if host.engine_on is None:
        return _look_here(host, limits)
    require_way(host.engine_on, limits)
    try:
        with engine_here(host, limits.passed_env, limits.timeout_seconds) as here:
            return _look_here(here, limits)
    except Trouble as trouble:
        raise Unusable(str(trouble)) from trouble
    except Unusable as error:
        raise Unusable(_why_not(host, host.engine_on, limits)) from error


def _look_here(host: Host, limits: GatherLimits) -> dict[str, str]:
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


def _why_not(host: Host, on: SshHost, limits: GatherLimits) -> str:
    """What an engine that is reached by SSH lacks, as its machine itself has it."""
    path = shlex.quote(host.engine_path)
    script = f"test -S {path} || echo none; test -w {path} || echo closed; id -un"
    found = printed(script, Host("ssh", ssh=on), limits).split()
    if "none" in found:
        return f"there is no socket {host.engine_path} on {on.name}: no Docker engine runs there"
    if "closed" in found:
        return f"the user {found[-1]} may not use {host.engine_path} on {on.name}"
    return (
        f"the SSH server of {on.name} does not lead to {host.engine_path}: it has to allow "
        "forwarding to sockets (AllowStreamLocalForwarding, and port-forwarding beside `restrict`)"
    )


KIND = Kind(
    called="Docker engine",
    about="a Docker engine",
    config=DockerHostConfig,
    host=_host,
    look=_look,
    place=lambda config: str(config["host"]),
)
