"""How much of a budget is taken, as webapp.budgets has it."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from webapp.schemas.base import Out


class BudgetUseOut(Out):
    """One number of a budget; days and months are UTC's."""

    monitor_id: int | None = Field(description="Null: the service's own.")
    name: str | None = Field(description="Of the Monitor.")
    kind: Literal["tokens_per_day", "usd_per_day", "tokens_per_month", "usd_per_month"]
    limit: float
    spent: float
    share: float = Field(description="1 is all of it; it may be a little more.")
    unpriced_runs: int = Field(
        description="Those that a budget in US dollars does not hold, as no price is known."
    )
    begins_anew: date = Field(description="The first day of the next period.")
    policy: Literal["skip", "builtin", "model"]
    cheaper_model: str | None

    @model_validator(mode="before")
    @classmethod
    def _from_use(cls, use: Any) -> Any:
        cap = use.cap
        return {
            "monitor_id": cap.scope or None,
            "name": use.name,
            "kind": cap.kind,
            "limit": cap.limit,
            "spent": use.spent,
            "share": use.share,
            "unpriced_runs": use.unpriced_runs,
            "begins_anew": use.begins_anew,
            "policy": cap.policy,
            "cheaper_model": cap.cheaper_model,
        }
