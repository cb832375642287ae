"""What the made-up team watches, as monitors.toml tells it."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).with_name("monitors.toml")


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Trouble(_Told):
    """`findings` are severity, a part of the line that shows it, and what it means. `alone`: its
    lines are all that was sent."""

    status: str
    summary: str
    lines: list[str]
    findings: list[tuple[str, str, str]]
    advice: list[str]
    report: str = ""
    alone: bool = False
    redactions: dict[str, int] = Field(default_factory=dict)


class Failure(_Told):
    """Why nothing could be judged."""

    kind: str
    message: str


class Also(_Told):
    """A second Input: a file whose text is always the same."""

    label: str
    file: str
    text: str


class Watched(_Told):
    """A Monitor, what its log says, and what was said of that."""

    name: str
    file: str
    tags: list[str]
    every: int
    stamp: str
    volume: int
    odds: float
    ends: str
    prompt: str
    lines: list[str]
    ok: list[str]
    label: str = "LOGS"
    source: str | None = None
    container: str | None = None
    model: str = "openai:gpt-5-mini"
    notify_on: str = "alert_only"
    sms: list[str] = Field(default_factory=list)
    paused: bool = False
    muted_hours: int | None = None
    also: list[Also] = Field(default_factory=list)
    trouble: list[Trouble] = Field(default_factory=list)
    failure: Failure | None = None


def cast() -> list[Watched]:
    with FILE.open("rb") as file:
        return [Watched.model_validate(told) for told in tomllib.load(file)["monitor"]]
