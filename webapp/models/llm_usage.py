from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import Double, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base, db, insert_into

KEY = ("day", "monitor_id", "model")
COUNTED = ("runs", "input_tokens", "output_tokens", "cost_usd", "unpriced_runs", "reused_runs")


class Spent(NamedTuple):
    """What LLMs took in `runs`, of which one that asked two models counts for each.

    `unpriced_runs`: those whose model has no known price, which are not in `cost_usd`.
    `reused_runs` are none of them: no LLM was asked.
    """

    runs: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    unpriced_runs: int
    reused_runs: int

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def known_usd(self) -> float | None:
        """None where there is something to pay, and no price of any of it is known."""
        unknown = self.runs and self.unpriced_runs == self.runs and not self.cost_usd
        return None if unknown else self.cost_usd

    def plus(self, other: "Spent") -> "Spent":
        return Spent(*map(add, self, other))


NOTHING = Spent(0, 0, 0, 0.0, 0, 0)


class LlmUsage(Base):
    """What the Runs of a Monitor took of a model on a day (UTC).

    Runs are deleted as new ones come, and Monitors by people; what was spent stays spent, so
    that `monitor_id` outlives its Monitor.
    """

    __tablename__ = "llm_usage"

    day: Mapped[date] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    runs: Mapped[int]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cost_usd: Mapped[float] = mapped_column(Double)
    unpriced_runs: Mapped[int]
    reused_runs: Mapped[int]

    @classmethod
    def add(cls, monitor_id: int, day: date, calls: Iterable[Mapping[str, Any]]) -> None:
        """Count what one Run took of each model that answered, inside the transaction that
        records it. `calls`: each with `model`, the tokens and `cost_usd`."""
        answered = [call for call in calls if call["input_tokens"] is not None]
        # In one order, or two writers would wait for each other.
        for model in sorted({call["model"] for call in answered}):
            _add(monitor_id, day, model, [one for one in answered if one["model"] == model])

    @classmethod
    def add_reused(cls, monitor_id: int, day: date, model: str) -> None:
        """Count a Run for which this model was not asked, as it was before."""
        _add(monitor_id, day, model, [], reused=True)

    @classmethod
    def since(cls, day: date, monitor_id: int | None = None) -> Spent:
        """In all, or by one Monitor, from the day on."""
        query = select(*_sums()).where(cls.day >= day)
        if monitor_id is not None:
            query = query.where(cls.monitor_id == monitor_id)
        return Spent._make(db.session.execute(query).one())

    @classmethod
    def by(
        cls, what: str, first: date, last: date, monitor_id: int | None = None
    ) -> dict[Any, Spent]:
        """From the first day to the last, in all or by one Monitor, for each value of a column of
        the key that there is: `day`, `monitor_id` or `model`."""
        column = getattr(cls, what)
        query = select(column, *_sums()).where(cls.day.between(first, last))
        if monitor_id is not None:
            query = query.where(cls.monitor_id == monitor_id)
        rows = db.session.execute(query.group_by(column).order_by(column))
        return {row[0]: Spent._make(row[1:]) for row in rows}


def _add(
    monitor_id: int,
    day: date,
    model: str,
    calls: list[Mapping[str, Any]],
    *,
    reused: bool = False,
) -> None:
    """However often it was asked, it is one Run."""
    values = {
        "runs": int(not reused),
        "reused_runs": int(reused),
        "input_tokens": sum(call["input_tokens"] or 0 for call in calls),
        "output_tokens": sum(call["output_tokens"] or 0 for call in calls),
        "cost_usd": sum(call["cost_usd"] or 0.0 for call in calls),
        "unpriced_runs": int(any(call["cost_usd"] is None for call in calls)),
    }
    key = {"day": day, "monitor_id": monitor_id, "model": model}
    connection = db.session.connection()
    connection.execute(_adding(connection.dialect.name), key | values)


def _sums() -> list[Any]:
    return [func.coalesce(func.sum(getattr(LlmUsage, name)), 0) for name in COUNTED]


@cache  # as composing it takes longer than executing it
def _adding(dialect: str) -> Any:
    insert = insert_into(LlmUsage, dialect)
    sums = {name: getattr(LlmUsage, name) + insert.excluded[name] for name in COUNTED}
    return insert.on_conflict_do_update(index_elements=KEY, set_=sums)
