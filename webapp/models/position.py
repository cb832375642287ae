from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import JSON, ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base, UtcDateTime, db, insert_into


@dataclass(frozen=True)
class Reached:
    """How far a Monitor is with a verdict: `inputs` as a Position has them, and the Runs of which
    they have `learned`."""

    inputs: Mapping[str, Any]
    learned: Sequence[int] = ()


class Position(Base):
    """How far the Inputs of a Monitor were read and judged.

    `inputs`: by label, what an Input `reads` as a digest, where reading ended `at`, as its reader
    has it, when that was (`read`), when it last `spoke`, that is, had a new line, and what was
    `heard` of it then, where what is judged does not tell.
    """

    __tablename__ = "positions"

    monitor_id: Mapped[int] = mapped_column(
        ForeignKey("monitors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def of(cls, monitor_id: int) -> Mapping[str, Any]:
        """By label; none before its first Run."""
        found = db.session.execute(_FINDING, {"monitor": monitor_id}).scalar_one_or_none()
        return found or {}

    @classmethod
    def keep(cls, monitor_id: int, inputs: Mapping[str, Any], now: datetime) -> None:
        """Inside the transaction that records the verdict on what was read so far."""
        connection = db.session.connection()
        values = {"monitor_id": monitor_id, "inputs": inputs, "updated_at": now}
        connection.execute(_keeping(connection.dialect.name), values)


# Composed once, as every Run asks.
_FINDING = select(Position.inputs).where(Position.monitor_id == bindparam("monitor"))


@cache
def _keeping(dialect: str) -> Any:
    insert = insert_into(Position, dialect)
    named = {name: insert.excluded[name] for name in ("inputs", "updated_at")}
    return insert.on_conflict_do_update(index_elements=("monitor_id",), set_=named)
