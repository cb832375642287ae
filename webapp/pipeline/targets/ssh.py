import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from webapp.fields import CleanText, Path, Strict, Whole
from webapp.pipeline.targets.kind import Here, Kind
from webapp.pipeline.targets.looking import look_at_machine, require_way
from webapp.pipeline.values import GatherLimits, Host, SshHost
from webapp.sentences import known_pattern

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_USER = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$"
_MAX_PORT = 65_535


def _host(text: str) -> str:
    if not (_NAME.fullmatch(text) or _is_address(text)):
        raise ValueError(
            "This must be a name of letters, digits, -, _ and ., an IP address, or a Host of "
            "~/.ssh/config. User and port have fields of their own."
        )
    return text


def _is_address(text: str) -> bool:
    try:
        return "%" not in text and bool(ip_address(text))
    except ValueError:
        return False


def _jump(text: str) -> str:
    if not all(_is_hop(hop) for hop in text.split(",")):
        raise ValueError(
            "This must be host, user@host or user@host:port, and with commas between them where "
            "there are several, the nearest first."
        )
    return text


def _is_hop(text: str) -> bool:
    hop = re.fullmatch(
        r"((?P<user>[^@]+)@)?(?P<host>\[[^\]]+\]|[^:\[\]]+)(:(?P<port>\d{1,5}))?", text
    )
    if not hop or (hop["user"] and not re.fullmatch(_USER, hop["user"])):
        return False
    host = hop["host"]
    is_host = _is_address(host[1:-1]) if host.startswith("[") else bool(_NAME.fullmatch(host))
    return is_host and 0 < int(hop["port"] or 22) <= _MAX_PORT


class SshConfig(Strict):
    host: Annotated[CleanText, Field(max_length=255), AfterValidator(_host)] = Field(
        title="Host",
        description="Name or address, or a `Host` of the service user's `~/.ssh/config`.",
        examples=["web-1.example.com"],
    )
    user: (
        Annotated[
            str,
            StringConstraints(
                pattern=known_pattern(
                    _USER,
                    "This must be the name of a user: letters, digits, _, . and -, up to 64",
                )
            ),
        ]
        | None
    ) = Field(
        None,
        title="User",
        description="Whose rights commands have there; empty: as `~/.ssh/config` has it.",
        examples=["logs"],
    )
    port: Annotated[int, Whole(1, _MAX_PORT)] | None = Field(
        None,
        title="Port",
        description="Empty: as `~/.ssh/config` has it, else 22.",
        examples=[2222],
    )
    jump: Annotated[CleanText, Field(max_length=500), AfterValidator(_jump)] | None = Field(
        None,
        title="Jump hosts",
        description="What it is reached through, the nearest first; "
        "empty: as `~/.ssh/config` has it.",
        examples=["ops@bastion.example.com"],
    )
    identity_file: Path | None = Field(
        None,
        title="Key file",
        description="The private key's file, on the machines that run the service; "
        "empty: as the OpenSSH client finds it.",
        examples=["/home/monitor/.ssh/id_ed25519"],
    )


def _as_host(config: Mapping[str, Any], here: Here) -> Host:
    to = SshHost(
        name=config["host"],
        folder=here.folder / "ssh",
        user=config["user"],
        port=config["port"],
        jump=config["jump"],
        identity_file=config["identity_file"],
    )
    return Host("ssh", here.docker_url, to)


def _look(host: Host, limits: GatherLimits) -> dict[str, str]:
    assert host.ssh, "it is made with it"
    require_way(host.ssh, limits)
    return look_at_machine(host, limits)


def _place(config: Mapping[str, Any]) -> str:
    """As one writes it: what is not said is not shown."""
    host = f"[{config['host']}]" if ":" in config["host"] and config["port"] else config["host"]
    user = f"{config['user']}@" if config["user"] else ""
    port = f":{config['port']}" if config["port"] else ""
    return f"{user}{host}{port}"


KIND = Kind(
    called="Machine over SSH",
    about="another machine, over SSH",
    config=SshConfig,
    host=_as_host,
    look=_look,
    place=_place,
)
