from typing import Any, Literal

from pydantic import Field, model_validator

from webapp.fields import Time
from webapp.schemas.base import Out
from webapp.schemas.budgets import BudgetUseOut
from webapp.schemas.health import HealthOut

# Worst first: what somebody should look at.
Bad = Literal["alert", "error", "warn"]
# Worst first. `new`: no Run has ended yet.
State = Literal[Bad, "new", "ok", "paused"]
Sort = Literal["worst", "name", "last", "next"]


class SpentOut(Out):
    runs: int = Field(description="Runs that an LLM judged.")
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = Field(
        validation_alias="known_usd", description="Null: no price of any of it is known."
    )
    unpriced_runs: int = Field(description="Those whose model has no known price; not in the cost.")
    reused_runs: int = Field(description="Runs that reused a verdict, and asked no LLM.")


class StandingOut(Out):
    """A Monitor in the overview; what its last Run that ended said is null before there is one."""

    id: int
    name: str
    state: str
    muted: bool
    tags: list[str]
    target: str
    run_id: int | None
    sentence: str | None
    finished_at: Time | None
    since: Time | None = Field(description="Since when it has had this status.")
    next_run_at: Time | None
    live_id: int | None = Field(description="The Run that is queued or running, if there is one.")

    @model_validator(mode="before")
    @classmethod
    def _from_line(cls, line: Any) -> Any:
        return line.row._asdict() | {"muted": line.muted, "tags": line.tags}


class OverviewOut(Out):
    counts: dict[str, int] = Field(description="Monitors by state, of all that were asked for.")
    monitors: list[StandingOut] = Field(
        validation_alias="lines", description="A page of them, in the order asked for."
    )
    pages: int
    health: HealthOut
    month: SpentOut = Field(description="What LLMs took since the first of this month (UTC).")
    budgets: list[BudgetUseOut] = Field(
        description="Those of which 80 % or more are taken; `GET /api/costs` has all."
    )
