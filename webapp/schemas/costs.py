"""What LLMs cost, as webapp.costs has it."""

from datetime import date
from typing import Any

from pydantic import Field, model_validator

from webapp.schemas.base import Out
from webapp.schemas.budgets import BudgetUseOut
from webapp.schemas.overview import SpentOut


class _Of(SpentOut):
    """What was spent stands beside what it was spent for."""

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, row: Any) -> Any:
        *about, spent = row
        told = dict(zip(row._fields, about, strict=False)) | spent._asdict()
        return told | {"known_usd": spent.known_usd}


class OfDayOut(_Of):
    day: date


class OfMonitorOut(_Of):
    monitor_id: int = Field(description="0: for no Monitor that was saved.")
    name: str | None = Field(description="Null where it is deleted.")


class OfModelOut(_Of):
    model: str


class OfMonthOut(_Of):
    month: date = Field(description="Its first day.")


class CostsOut(Out):
    """Of a month; days are UTC's."""

    month: date = Field(description="Its first day.")
    total: SpentOut
    today: SpentOut
    days: list[OfDayOut] = Field(description="All of the month, up to today.")
    monitors: list[OfMonitorOut] = Field(description="The most expensive first.")
    models: list[OfModelOut] = Field(description="The most expensive first.")
    months: list[OfMonthOut] = Field(description="The last twelve that took anything.")
    budgets: list[BudgetUseOut] = Field(
        description="As they stand today: the service's own, then those of Monitors."
    )
