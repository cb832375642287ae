from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from webapp.fields import Id, Name, Strict, Time
from webapp.pipeline.sources import KINDS
from webapp.schemas.base import Out, Resource
from webapp.schemas.configs import config_of, config_schema
from webapp.schemas.target import CONNECTION_CONFIGS

LOG_SOURCE_CONFIGS: dict[str, type[Strict]] = {mode: kind.config for mode, kind in KINDS.items()}
# Which modes each type of Target can be read by, beside commands.
MODES: dict[str, tuple[str, ...]] = {
    type_: tuple(mode for mode, kind in KINDS.items() if type_ in kind.on)
    for type_ in CONNECTION_CONFIGS
}
CALLED = {mode: kind.called for mode, kind in KINDS.items()}
Mode: Any = Literal[tuple(KINDS)]


class LogSourceIn(Resource):
    by_kind = ("mode", "config")

    target_id: Id = Field(description="The Target that it lies on.", examples=[1])
    name: Name = Field(description="What people call it.", examples=["btc-bot-docker-log"])
    mode: Mode = Field(
        description=" ".join(f"`{mode}`: {kind.about}." for mode, kind in KINDS.items())
    )
    config: Annotated[dict[str, Any], config_schema(LOG_SOURCE_CONFIGS)] = Field(
        default_factory=dict,
        validate_default=True,
        description="What is read, as its mode asks for.",
        examples=[{"container_name": "btc_trading_service"}],
    )

    @field_validator("config")
    @classmethod
    def _of_its_mode(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return config_of(LOG_SOURCE_CONFIGS, info.data.get("mode"), value)


def place_of(mode: str, config: Mapping[str, Any]) -> str:
    """What is read, in short."""
    return KINDS[mode].place(config)


def details_of(mode: str, config: Mapping[str, Any]) -> dict[str, str]:
    """What else somebody chose, by its title; `place_of` tells of the first field."""
    _, *others = KINDS[mode].config.model_fields.items()
    chosen = [(info, config[name]) for name, info in others if name in config]
    return {
        info.title or "": _said(info, value)
        for info, value in chosen
        if value not in (None, "", [], info.get_default(call_default_factory=True))
    }


def _said(info: FieldInfo, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    called: Any = extra.get("called", {})
    return str(called.get(value, value))


def whole_of(mode: str) -> dict[str, Any] | None:
    """The config that chooses nothing; None where this mode must be told what to read."""
    config = LOG_SOURCE_CONFIGS[mode]
    asks = any(info.is_required() for info in config.model_fields.values())
    return None if asks else config().model_dump()


class LogSourceOut(Out):
    id: int
    target_id: int
    name: str
    mode: str
    config: dict[str, Any]
    created_at: Time
    updated_at: Time


class LogSourceTestOut(Out):
    """What reading it just now gave."""

    ok: bool
    duration_ms: int
    lines: list[str] = Field(description="The last lines, redacted.")
    error: str | None = Field(description="Why it failed, as a sentence.")
