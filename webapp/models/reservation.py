from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Double, delete, func, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from webapp.caps import SERVICE, Cap, amount
from webapp.clock import SKEW
from webapp.extensions import Base, UtcDateTime, db, writing
from webapp.models.llm_usage import LlmUsage

# No call is held for longer, as a Run takes an hour. What ends later is of a clock that was set
# back since.
LONGEST = timedelta(hours=1, minutes=5)
# Of all advisory locks of the database those that are ours; the second number is the scope.
LOCK = 7_236_001


@dataclass(frozen=True)
class Wanted:
    """What one call may take. `cost_usd` None: nobody knows, and no cap in dollars holds it."""

    monitor_id: int
    day: date
    tokens: int
    cost_usd: float | None
    ends_at: datetime
    run_id: int | None = None

    def of(self, cap: Cap) -> float | None:
        return self.tokens if cap.unit == "tokens" else self.cost_usd


@dataclass(frozen=True)
class Refusal:
    """The first cap that a call would pass, and what of it is in use."""

    cap: Cap
    day: date
    in_use: float
    wanted: float

    @property
    def sentence(self) -> str:
        cap = self.cap
        return (
            f"{cap.owner} budget of {amount(cap.limit, cap.unit)} a {cap.period} is used up: "
            f"{amount(self.in_use, cap.unit)} are taken or held for other calls, and this one may "
            f"take {amount(self.wanted, cap.unit)}. "
            f"It begins anew on {cap.begins_anew(self.day)} at 00:00 UTC."
        )


class Reservation(Base):
    """What a call to a model may take, held from before it is made until it is counted.

    Then what it did take is among LlmUsage. Where its worker dies, it counts until `ends_at`.
    """

    __tablename__ = "llm_reservations"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Of a Run that may be gone by then; None: of a try.
    run_id: Mapped[int | None] = mapped_column(index=True)
    monitor_id: Mapped[int]
    day: Mapped[date]
    tokens: Mapped[int]
    cost_usd: Mapped[float] = mapped_column(Double)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def make(cls, wanted: Wanted, caps: Sequence[Cap], now: datetime) -> "int | Refusal":
        """Hold what is wanted, unless it passes one of the caps; its id.

        One after the other, so that many at once do not pass together what each alone would not.
        """
        with writing():
            _wait_for_turn(caps)
            db.session.execute(delete(cls).where(_has_ended(now)))
            for cap in caps:
                more, taken = wanted.of(cap), in_use(cap, wanted.day, now)
                if more is not None and taken + more > cap.limit:
                    return Refusal(cap, wanted.day, taken, more)
            row = cls(
                run_id=wanted.run_id,
                monitor_id=wanted.monitor_id,
                day=wanted.day,
                tokens=wanted.tokens,
                cost_usd=wanted.cost_usd or 0.0,
                ends_at=wanted.ends_at,
            )
            db.session.add(row)
            db.session.flush()
            return row.id

    @classmethod
    def settle(cls, reservation_id: int, tokens: int, cost_usd: float) -> None:
        """It took this, which is held until it is counted."""
        values = {"tokens": tokens, "cost_usd": cost_usd}
        with writing():
            db.session.execute(update(cls).where(cls.id == reservation_id).values(**values))

    @classmethod
    def drop(cls, ids: Sequence[int]) -> None:
        with writing():
            db.session.execute(delete(cls).where(cls.id.in_(ids)))

    @classmethod
    def drop_of(cls, run_id: int) -> None:
        """Inside the transaction that counts what the Run took."""
        db.session.execute(delete(cls).where(cls.run_id == run_id))


def in_use(cap: Cap, day: date, now: datetime) -> float:
    """What is spent of a cap in the day's period, and what is held for calls under way.

    In one statement, as a call goes from the one to the other.
    """
    return db.session.scalar(select(_spent(cap, day) + _held(cap, day, now))) or 0


def spent(cap: Cap, day: date) -> float:
    """What is counted of a cap in the day's period."""
    return db.session.scalar(select(_spent(cap, day))) or 0


def _spent(cap: Cap, day: date) -> Any:
    tokens = LlmUsage.input_tokens + LlmUsage.output_tokens
    return _sum(tokens if cap.unit == "tokens" else LlmUsage.cost_usd, LlmUsage, cap, day)


def _held(cap: Cap, day: date, now: datetime) -> Any:
    column = Reservation.tokens if cap.unit == "tokens" else Reservation.cost_usd
    return _sum(column, Reservation, cap, day, ~_has_ended(now))


def _sum(column: Any, table: Any, cap: Cap, day: date, *also: Any) -> Any:
    query = select(func.coalesce(func.sum(column), 0)).where(
        table.day >= cap.first_day(day), table.day < cap.begins_anew(day), *also
    )
    if cap.scope != SERVICE:
        query = query.where(table.monitor_id == cap.scope)
    return query.scalar_subquery()


def _has_ended(now: datetime) -> Any:
    return or_(Reservation.ends_at <= now, Reservation.ends_at > now + LONGEST + SKEW)


def _wait_for_turn(caps: Sequence[Cap]) -> None:
    """On PostgreSQL, where writers do not wait for each other as they do on SQLite."""
    if db.engine.dialect.name == "postgresql":
        scope = min(cap.scope for cap in caps)
        lock = text("SELECT pg_advisory_xact_lock(:ours, :scope)")
        db.session.execute(lock, {"ours": LOCK, "scope": scope})
