"""How much of the budgets is taken, for pages, JSON and metrics alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.caps import SERVICE, Cap, amount, caps_of
from webapp.models import LlmUsage, Monitor
from webapp.models.llm_usage import NOTHING, Spent
from webapp.schemas.monitor import Budget

# From so much on people are told.
NEARLY = 0.8
OF_NOW = {"day": "today’s", "month": "this month’s"}


@dataclass(frozen=True)
class BudgetUse:
    """A cap and what is taken of it now. `name`: of its Monitor, None of the service's own.

    `unpriced_runs`: those that a cap in dollars does not hold, as their price is not known.
    """

    cap: Cap
    name: str | None
    spent: float
    unpriced_runs: int
    begins_anew: date

    @property
    def share(self) -> float:
        """1 is all of it; it may be more."""
        return self.spent / self.cap.limit

    @property
    def percent(self) -> int:
        """Rounded down, as 100 says that nothing is left."""
        return int(100 * self.share)

    @property
    def state(self) -> str:
        return "full" if self.share >= 1 else "nearly" if self.share >= NEARLY else "well"

    @property
    def limit_words(self) -> str:
        return f"{amount(self.cap.limit, self.cap.unit)} a {self.cap.period}"

    @property
    def spent_words(self) -> str:
        return amount(self.spent, self.cap.unit)

    @property
    def words(self) -> str:
        of_now = f"{OF_NOW[self.cap.period]} budget of {amount(self.cap.limit, self.cap.unit)}"
        return f"{self.percent} % of {of_now}"


def budget_uses(service: Budget, today: date, monitor_id: int | None = None) -> list[BudgetUse]:
    """The service's own first, then those of all Monitors or of one, the fullest first.

    `monitor_id` SERVICE: of none.
    """
    owned = Monitor.budgets(monitor_id)
    caps = [cap for id_, _, budget in owned for cap in _caps(budget, id_)]
    own = caps_of(service, SERVICE)
    if not (own or caps):
        return []
    firsts = {"day": today, "month": today.replace(day=1)}
    spent = {
        period: LlmUsage.by("monitor_id", first, today)
        for period, first in firsts.items()
        if any(cap.period == period for cap in (*own, *caps))
    }
    names = {id_: name for id_, name, _ in owned}
    of_service = [_use(cap, None, _total(spent[cap.period].values()), today) for cap in own]
    of_monitors = [
        _use(cap, names[cap.scope], spent[cap.period].get(cap.scope, NOTHING), today)
        for cap in caps
    ]
    return [*of_service, *sorted(of_monitors, key=lambda use: -use.share)]


def nearly_used(uses: Sequence[BudgetUse]) -> list[BudgetUse]:
    return [use for use in uses if use.share >= NEARLY]


def _caps(budget: dict[str, object], monitor_id: int) -> list[Cap]:
    return caps_of(Budget.model_validate(budget), monitor_id)


def _total(spent: Iterable[Spent]) -> Spent:
    total = NOTHING
    for one in spent:
        total = total.plus(one)
    return total


def _use(cap: Cap, name: str | None, spent: Spent, today: date) -> BudgetUse:
    in_dollars = cap.unit == "usd"
    return BudgetUse(
        cap=cap,
        name=name,
        spent=spent.cost_usd if in_dollars else spent.tokens,
        unpriced_runs=spent.unpriced_runs if in_dollars else 0,
        begins_anew=cap.begins_anew(today),
    )
