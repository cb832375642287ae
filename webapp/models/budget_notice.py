from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from webapp.caps import Cap, amount
from webapp.extensions import Base, UtcDateTime, db, insert_unless_there
from webapp.models.reservation import spent

# In percent of a cap, the gravest first.
MARKS = (100, 80)
# For how long it is known what was told: longer than any period.
KEPT = timedelta(days=62)
USED_UP = {
    "skip": "no model is asked, and a Run that needs one is an error",
    "builtin": "the built-in reading judges",
    "model": "{model} judges while it may, and then the built-in reading",
}


@dataclass(frozen=True)
class Passed:
    """A mark of a cap that is told now, and never again in its period."""

    cap: Cap
    day: date
    percent: int
    spent: float

    @property
    def sentence(self) -> str:
        cap = self.cap
        budget = f"{cap.owner} budget of {amount(cap.limit, cap.unit)} a {cap.period}"
        taken = f"{amount(self.spent, cap.unit)} are taken"
        anew = f"{cap.begins_anew(self.day)} at 00:00 UTC"
        if self.percent < 100:
            share = int(100 * self.spent / cap.limit)
            return f"{budget} is used to {share} %: {taken}. It begins anew on {anew}."
        if self.spent < cap.limit:
            taken += ", which leaves no room for a call"
        then = USED_UP[cap.policy].format(model=cap.cheaper_model)
        return f"{budget} is used up: {taken}. Until {anew}, {then}."


class BudgetNotice(Base):
    """That a mark of a budget was told in a period, so that it is told once."""

    __tablename__ = "budget_notices"

    scope: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    percent: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @classmethod
    def pass_marks(
        cls, caps: Sequence[Cap], day: date, now: datetime, refused: Cap | None = None
    ) -> list[Passed]:
        """What is to be told from now on as told, inside the transaction that counts.

        `refused`: the cap that left no room for a call, which is used up, though a little of it
        is left. Of two marks that are passed at once the graver is told.
        """
        passed = []
        for cap in caps:
            taken = spent(cap, day)
            share = 100.0 if cap == refused else 100 * taken / cap.limit
            new = [mark for mark in MARKS if share >= mark and cls._is_new(cap, day, mark, now)]
            if new and new[0] == next(mark for mark in MARKS if share >= mark):
                passed.append(Passed(cap, day, new[0], taken))
        return passed

    @classmethod
    def _is_new(cls, cap: Cap, day: date, percent: int, now: datetime) -> bool:
        # With its limit, as one that was changed is another budget.
        kind = f"{cap.kind}={cap.limit:g}"
        key = {"scope": cap.scope, "kind": kind, "first_day": cap.first_day(day)}
        insert = insert_unless_there(cls, **key, percent=percent, told_at=now)
        is_new = db.session.execute(insert.returning(cls.percent)).first() is not None
        if is_new:
            db.session.execute(delete(cls).where(cls.first_day < day - KEPT))
        return is_new
