from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from webapp.fields import Name, Strict, Time
from webapp.pipeline.targets import KINDS
from webapp.schemas.base import Out, Resource
from webapp.schemas.configs import config_of, config_schema

CONNECTION_CONFIGS: dict[str, type[Strict]] = {type_: kind.config for type_, kind in KINDS.items()}
CALLED = {type_: kind.called for type_, kind in KINDS.items()}
Type: Any = Literal[tuple(KINDS)]


class TargetIn(Resource):
    by_kind = ("type", "connection_config")

    name: Name = Field(description="What people call it.", examples=["trade-bot-host-1"])
    type: Type = Field(
        description=" ".join(f"`{type_}`: {kind.about}." for type_, kind in KINDS.items())
    )
    connection_config: Annotated[dict[str, Any], config_schema(CONNECTION_CONFIGS)] = Field(
        default_factory=dict,
        validate_default=True,
        description="How to reach it, as its type asks for.",
        examples=[{"host": "localhost"}],
    )

    @field_validator("connection_config")
    @classmethod
    def _of_its_type(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return config_of(CONNECTION_CONFIGS, info.data.get("type"), value)


def place_of(type_: str, connection_config: Mapping[str, Any]) -> str:
    """Where it is, in short."""
    return KINDS[type_].place(connection_config)


class TargetOut(Out):
    id: int
    name: str
    type: str
    connection_config: dict[str, Any]
    created_at: Time
    updated_at: Time


class HostKeyOut(Out):
    """What an SSH server shows for its own, which nobody has approved."""

    host: str = Field(description="The name by which known keys are looked for.")
    type: str
    fingerprint: str = Field(description="As `ssh-keygen -l` writes it.")
    known: str | None = Field(
        description="The fingerprint that was known until now; such a key is not approved here."
    )


class HostKeyApproval(Resource):
    fingerprint: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Of the key that was shown, compared with the machine itself.",
        examples=["SHA256:uNiVztksCsDhcc0u9e8BrrJXVU8dgZ4ecWLxrGlNNoA"],
    )


class TargetCheckOut(Out):
    """Whether it can be used just now."""

    ok: bool
    duration_ms: int
    facts: dict[str, str] = Field(description="What it says of itself, by what each is.")
    error: str | None = Field(description="Why it cannot be used, as a sentence.")
    key: HostKeyOut | None = Field(description="The host key that has to be approved first.")
