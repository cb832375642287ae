from typing import Literal

from pydantic import Field

from webapp.fields import Time
from webapp.schemas.base import Out


class PartHealth(Out):
    ok: bool
    message: str = Field(description="How it is, as a sentence.")
    since: Time | None = Field(
        None, description="Since when it is ok or not, as the process that answers has seen it."
    )


class HealthOut(Out):
    status: Literal["ok", "failing"]
    scheduler: PartHealth
    database: PartHealth
    queue: PartHealth
    workers: PartHealth
    llm: PartHealth

    def parts(self) -> dict[str, PartHealth]:
        return {name: part for name, part in self if isinstance(part, PartHealth)}
