from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from webapp.fields import Id, Name, Path, Strict, Time, Whole
from webapp.schemas.base import Out, Resource
from webapp.schemas.configs import config_of, config_schema
from webapp.sentences import known_pattern

CONTAINER = StringConstraints(
    pattern=known_pattern(
        r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        "This must be the name or id of a container: letters, digits, _, . and -.",
    ),
    max_length=255,
)


class DockerLogsConfig(Strict):
    container_name: Annotated[str, CONTAINER] = Field(
        description="Name or id of the container.", examples=["btc_trading_service"]
    )
    since_seconds: Annotated[int, Whole(1, 2_678_400)] | None = Field(
        None, description="Only what is younger; null: whatever `tail` gives."
    )
    tail: Annotated[int, Whole(1, 100_000)] = Field(2000, description="Lines to read from the end.")


class FileConfig(Strict):
    path: Path = Field(description="Absolute path of a regular file.", examples=["/var/log/syslog"])


LOG_SOURCE_CONFIGS: dict[str, type[Strict]] = {
    "docker_logs": DockerLogsConfig,
    "file": FileConfig,
}
# Which modes each type of Target can be read by, beside commands.
MODES: dict[str, tuple[str, ...]] = {
    "local": ("file", "docker_logs"),
    "docker_host": ("docker_logs",),
}
Mode = Literal["docker_logs", "file"]


class LogSourceIn(Resource):
    kind = ("mode", "config")

    target_id: Id = Field(description="The Target that it lies on.", examples=[1])
    name: Name = Field(description="What people call it.", examples=["btc-bot-docker-log"])
    mode: Mode = Field(description="`docker_logs`: a container's output. `file`: one file.")
    config: Annotated[dict[str, Any], config_schema(LOG_SOURCE_CONFIGS)] = Field(
        default_factory=dict,
        validate_default=True,
        description="Which container, or which file.",
        examples=[{"container_name": "btc_trading_service"}],
    )

    @field_validator("config")
    @classmethod
    def _of_its_mode(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return config_of(LOG_SOURCE_CONFIGS, info.data.get("mode"), value)


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
