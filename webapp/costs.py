"""What LLMs cost, by day, month, Monitor and model, for the page and the JSON alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import NamedTuple, TypeVar

from webapp.budgets import BudgetUse, budget_uses
from webapp.models import LlmUsage, Monitor
from webapp.models.llm_usage import NOTHING, Spent
from webapp.schemas.monitor import Budget

# How many months are told beside the one that is looked at.
MONTHS = 12
NO_BUDGET = Budget()


class OfDay(NamedTuple):
    day: date
    spent: Spent


class OfMonitor(NamedTuple):
    """`name` is None where the Monitor is deleted; `monitor_id` 0: for none that was saved."""

    monitor_id: int
    name: str | None
    spent: Spent


class OfModel(NamedTuple):
    model: str
    spent: Spent


class OfMonth(NamedTuple):
    """`month` is its first day."""

    month: date
    spent: Spent


Costly = TypeVar("Costly", OfMonitor, OfModel)


@dataclass(frozen=True)
class Costs:
    """Of a month, in all or of one Monitor; days are UTC's.

    `days` are all of it, up to today; `monitors` and `models` those that took anything, the most
    expensive first; `months` the last of them with this one, newest first.
    `budgets` are as they stand today, whichever month it is.
    """

    month: date
    total: Spent
    today: Spent
    days: Sequence[OfDay]
    monitors: Sequence[OfMonitor]
    models: Sequence[OfModel]
    months: Sequence[OfMonth]
    budgets: Sequence[BudgetUse]


def costs(
    month: date, today: date, monitor_id: int | None = None, service: Budget = NO_BUDGET
) -> Costs:
    """`month` is the first day of the one that is looked at; `service`: its own budget."""
    last = min(after(month) - timedelta(days=1), today)
    by_day = LlmUsage.by("day", month, last, monitor_id)
    return Costs(
        month=month,
        total=reduce(Spent.plus, by_day.values(), NOTHING),
        today=LlmUsage.since(today, monitor_id),
        days=[OfDay(day, by_day.get(day, NOTHING)) for day in _days(month, last)],
        monitors=_monitors(LlmUsage.by("monitor_id", month, last, monitor_id)),
        models=_dearest(
            OfModel(*pair) for pair in LlmUsage.by("model", month, last, monitor_id).items()
        ),
        months=_months(today, monitor_id),
        budgets=budget_uses(service, today, monitor_id),
    )


def _monitors(spent: dict[int, Spent]) -> list[OfMonitor]:
    names = {monitor.id: monitor.name for monitor in Monitor.some(spent)}
    return _dearest(OfMonitor(id_, names.get(id_), one) for id_, one in spent.items())


def _dearest(these: Iterable[Costly]) -> list[Costly]:
    return sorted(these, key=lambda one: (-one.spent.cost_usd, -one.spent.tokens))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _months(today: date, monitor_id: int | None) -> list[OfMonth]:
    first = today.replace(day=1)
    firsts = [first]
    while len(firsts) < MONTHS:
        firsts.append(before(firsts[-1]))
    spent = dict.fromkeys(firsts, NOTHING)
    for day, one in LlmUsage.by("day", firsts[-1], today, monitor_id).items():
        month = day.replace(day=1)
        spent[month] = spent[month].plus(one)
    return [OfMonth(month, one) for month, one in spent.items() if one != NOTHING or month == first]


def after(month: date) -> date:
    """The first day of the month that follows."""
    return (month + timedelta(days=31)).replace(day=1)


def before(month: date) -> date:
    """The first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)
