"""What past Runs took: as little of each row as charts need."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import JSON, ColumnElement, column, func, select

from webapp.extensions import db
from webapp.models.run import DONE, Run, milliseconds

# As many as are charted of a Monitor, of however many are kept.
CHARTED = 200
KEPT = ("status", "finished_at", "input_tokens", "output_tokens", "cost_usd")
# What is summed over the Inputs of a Run.
SUMMED = ("bytes", "lines", "kept_lines", "alike_lines")


@dataclass(frozen=True)
class Measured:
    """A Run that ended. `bytes` and `lines` were read, `kept_lines` were sent, and `alike_lines`
    only counted with one like them that was.

    They are None where it gathered nothing, `input_tokens` and `output_tokens` where no LLM was
    asked, and `cost_usd` where its price is not known.
    """

    run_id: int
    status: str
    finished_at: datetime
    duration_ms: int | None
    bytes: int | None
    lines: int | None
    kept_lines: int | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    alike_lines: int | None = None

    @classmethod
    def past(cls, monitor_id: int, limit: int, since: datetime | None = None) -> list[Self]:
        """The last `limit` Runs of the Monitor that ended, since then at most; oldest first.

        The database sums the Inputs itself: their commands, and what they said on stderr, can be
        many times larger than what is asked for.
        """
        sums = {name: _sum(name).label(name) for name in SUMMED}
        query = (
            select(Run.id, Run.started_at, *(getattr(Run, name) for name in KEPT), *sums.values())
            .where(Run.monitor_id == monitor_id, Run.status.in_(DONE))
            .order_by(Run.id.desc())
            .limit(limit)
        )
        if since is not None:
            query = query.where(Run.finished_at >= since)
        return [cls._of(row) for row in reversed(db.session.execute(query).all())]

    @classmethod
    def _of(cls, row: Any) -> Self:
        kept: dict[str, Any] = {name: getattr(row, name) for name in KEPT}
        for name in SUMMED:
            total = getattr(row, name)
            kept[name] = None if total is None else int(total)
        took = milliseconds(row.started_at, row.finished_at)
        return cls(run_id=row.id, duration_ms=took, **kept)


def _sum(name: str) -> ColumnElement[float]:
    """Of a Run's Inputs; NULL where it has none. As a float, for what an integer cannot hold."""
    dialect = db.engine.dialect.name
    each = (func.json_each if dialect == "sqlite" else func.json_array_elements)(Run.inputs)
    one = each.table_valued(column("value", JSON), name="input")
    return select(func.sum(one.c.value[name].as_float())).scalar_subquery()
