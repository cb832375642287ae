"""The caps of a budget: how much may be spent of what, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

Unit = Literal["tokens", "usd"]
Period = Literal["day", "month"]

# The scope of the service's own budget; that of a Monitor's is its id.
SERVICE = 0
# By the names of a budget's fields, in the order in which they are asked.
KINDS: dict[str, tuple[Unit, Period]] = {
    "tokens_per_day": ("tokens", "day"),
    "usd_per_day": ("usd", "day"),
    "tokens_per_month": ("tokens", "month"),
    "usd_per_month": ("usd", "month"),
}


@dataclass(frozen=True)
class Cap:
    """One number of a budget; `policy` says what becomes of a Run whose call would pass it.

    `scope`: the id of a Monitor, or SERVICE. Days and months are UTC's.
    """

    scope: int
    kind: str
    limit: float
    policy: Literal["skip", "builtin", "model"] = "skip"
    cheaper_model: str | None = None

    @property
    def unit(self) -> Unit:
        return KINDS[self.kind][0]

    @property
    def period(self) -> Period:
        return KINDS[self.kind][1]

    @property
    def owner(self) -> str:
        return "This Monitor's" if self.scope else "The service's"

    def first_day(self, day: date) -> date:
        """Of the period that the day is in."""
        return day if self.period == "day" else day.replace(day=1)

    def begins_anew(self, day: date) -> date:
        """The first day of the period after that."""
        if self.period == "day":
            return day + timedelta(days=1)
        return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def caps_of(budget: Any, scope: int) -> list[Cap]:
    """Of a schemas.monitor.Budget, those that are set."""
    limits = {kind: getattr(budget, kind) for kind in KINDS}
    return [
        Cap(scope, kind, limit, budget.policy, budget.cheaper_model)
        for kind, limit in limits.items()
        if limit is not None
    ]


def amount(value: float, unit: Unit) -> str:
    """As a sentence says it: `48,200 tokens`, `$1.50`, `$0.0042`."""
    if unit == "tokens":
        return f"{round(value):,} token{'' if round(value) == 1 else 's'}"
    if value >= 1 or not value:
        return f"${value:,.2f}"
    return f"${value:.4f}" if value >= 0.0001 else f"${value:.12f}".rstrip("0")


def unpriced_note(caps: Sequence[Cap], model: str) -> str | None:
    """That caps in dollars hold nothing where nobody knows the price; None where there are none."""
    if not any(cap.unit == "usd" for cap in caps):
        return None
    return f"No price of {model} is known, so that no budget in US dollars holds it."
