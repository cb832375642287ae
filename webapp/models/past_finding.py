from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, String, Text, bindparam, delete, func, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base, UtcDateTime, db, insert_into

# Of each Monitor; those that were not seen for longest go first.
MOST_KEPT = 1000


class PastFinding(Base):
    """A finding as the Runs of a Monitor had it, all those alike together.

    They are alike where their `fingerprint` is (see pipeline/fingerprint.py). What else is here is
    as the Run `run_id` had it, the last of so many `times`.
    """

    __tablename__ = "past_findings"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitor_id: Mapped[int] = mapped_column(ForeignKey("monitors.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(String(24))
    severity: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(16))
    label: Mapped[str | None] = mapped_column(String(64))
    line: Mapped[int | None]
    quote: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[str] = mapped_column(Text)
    times: Mapped[int]
    run_id: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("uq_past_findings", "monitor_id", "fingerprint", unique=True),
        Index("ix_past_findings_last", "monitor_id", "run_id", "id"),
        {"sqlite_autoincrement": True},
    )

    @classmethod
    def get(cls, finding_id: int) -> Self | None:
        return db.session.get(cls, finding_id)

    @classmethod
    def of(cls, monitor_id: int, fingerprints: Collection[str]) -> dict[str, "PastFinding"]:
        """Those of the Monitor that Runs had before, by fingerprint."""
        asked = {"monitor": monitor_id, "fingerprints": list(fingerprints)}
        return {row.fingerprint: row for row in db.session.scalars(_KNOWN, asked)}

    @classmethod
    def history(
        cls,
        monitor_id: int,
        limit: int,
        before: Self | None = None,
        severity: str | None = None,
    ) -> list[Self]:
        """Last seen first; `before`: the one that the page before ended with."""
        query = (
            select(cls)
            .where(cls.monitor_id == monitor_id)
            .order_by(cls.run_id.desc(), cls.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(tuple_(cls.run_id, cls.id) < (before.run_id, before.id))
        if severity is not None:
            query = query.where(cls.severity == severity)
        return list(db.session.scalars(query))

    @classmethod
    def keep(
        cls, monitor_id: int, run_id: int, findings: Sequence[Mapping[str, Any]], now: datetime
    ) -> None:
        """Count those of one Run, inside the transaction that records its verdict."""
        known = [one for one in findings if one.get("fingerprint") and one["new"]]
        alike = {one["fingerprint"]: one for one in reversed(known)}
        if not alike:
            return
        same = {"monitor_id": monitor_id, "run_id": run_id, "times": 1}
        rows = [
            same | {name: alike[key][name] for name in _SHOWN} | {"first_at": now, "last_at": now}
            # In one order, or two writers would wait for each other.
            for key in sorted(alike)
        ]
        connection = db.session.connection()
        connection.execute(_keeping(connection.dialect.name), rows)
        _trim(monitor_id)


# Composed once, as Runs ask.
_KNOWN = (
    select(PastFinding)
    .where(PastFinding.monitor_id == bindparam("monitor"))
    .where(PastFinding.fingerprint.in_(bindparam("fingerprints", expanding=True)))
)
_NUMBER = select(func.count()).where(PastFinding.monitor_id == bindparam("monitor"))
_SHOWN = ("fingerprint", "severity", "by", "label", "line", "quote", "explanation")


@cache  # as composing it takes longer than executing it
def _keeping(dialect: str) -> Any:
    insert = insert_into(PastFinding, dialect)
    newest = (*_SHOWN[1:], "run_id", "last_at")
    changed = {name: insert.excluded[name] for name in newest}
    return insert.on_conflict_do_update(
        index_elements=("monitor_id", "fingerprint"),
        set_=changed | {"times": PastFinding.times + 1},
    )


def _trim(monitor_id: int) -> None:
    own = PastFinding.monitor_id == monitor_id
    if (db.session.scalar(_NUMBER, {"monitor": monitor_id}) or 0) <= MOST_KEPT:
        return
    newest = (
        select(PastFinding.id)
        .where(own)
        .order_by(PastFinding.run_id.desc(), PastFinding.id.desc())
        .limit(MOST_KEPT)
    )
    kept = newest.subquery()
    db.session.execute(
        delete(PastFinding).where(own, PastFinding.id.not_in(select(kept.c.id))),
        execution_options={"synchronize_session": False},
    )
