from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from webapp.fields import CleanText, Path, Strict, Whole
from webapp.sentences import known_pattern

Priority = Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
CALLED = {
    "debug": "all of them",
    "info": "info and worse",
    "notice": "notice and worse",
    "warning": "warning and worse",
    "err": "err and worse",
    "crit": "crit and worse",
    "alert": "alert and worse",
    "emerg": "emerg alone",
}

_UNIT = StringConstraints(
    pattern=known_pattern(
        r"^[A-Za-z0-9:_.@\\*?\[\]-]+$",
        "This must be the name of a unit, such as nginx.service, or a pattern, such as nginx*.",
    ),
    max_length=255,
)
_MANY = 50


class JournaldConfig(Strict):
    units: list[Annotated[str, _UNIT]] = Field(
        default_factory=list,
        max_length=_MANY,
        title="Units",
        description="One a line, by name or pattern; empty: all of them.",
        examples=["nginx.service"],
    )
    priority: Priority = Field(
        "debug",
        title="Priority",
        description="How bad a message must be to be read.",
        examples=["warning"],
        json_schema_extra={"called": {name: CALLED[name] for name in reversed(CALLED)}},
    )
    since_seconds: Annotated[int, Whole(1, 2_678_400)] | None = Field(
        None,
        title="Seconds back",
        description="Where nothing was read before, only what is younger; empty: any age.",
        examples=[3600],
    )
    identifiers: list[Annotated[CleanText, Field(min_length=1, max_length=255)]] = Field(
        default_factory=list,
        max_length=_MANY,
        title="Programs",
        description="Names that programs log under, one a line; empty: all of them.",
        examples=["sshd"],
    )
    boot: bool = Field(
        False,
        title="Only since the last boot",
        description="Nothing of earlier ones. For example: after a crash, leave it off",
    )
    directory: Path | None = Field(
        None,
        title="Folder",
        description="Of a journal that was copied or collected; empty: that of the machine.",
        examples=["/var/log/journal/remote"],
    )


def place_of(config: Mapping[str, Any]) -> str:
    """What is read, in short."""
    return ", ".join([*config["units"], *config["identifiers"]]) or "the whole journal"
