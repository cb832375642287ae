from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from webapp.extensions import db
from webapp.models.run import Run

# A Run that ended in an error judged nothing, and changes nothing.
JUDGED = ("ok", "warn", "alert")


@dataclass(frozen=True)
class Reusable:
    """The Run whose verdict may stand for the next Run of its Monitor, and how often it did."""

    run_id: int
    summary: str
    profile: dict[str, Any]
    judged_at: datetime
    reused: int

    @classmethod
    def of(cls, monitor_id: int) -> Self | None:
        """None where the last verdict is not ok, or nothing was kept to compare by.

        A verdict that was reused itself leads to the Run that was judged, so that each is compared
        with what a model has read.
        """
        last = db.session.execute(
            select(Run.id, Run.status, Run.reused_from)
            .where(Run.monitor_id == monitor_id, Run.status.in_(JUDGED))
            .order_by(Run.id.desc())
            .limit(1)
        ).one_or_none()
        if last is None or last.status != "ok":
            return None
        judged = db.session.get(Run, last.reused_from or last.id, options=[undefer(Run.profile)])
        if judged is None or not judged.profile or not judged.finished_at:
            return None
        return cls(
            run_id=judged.id,
            summary=judged.summary or "",
            profile=judged.profile,
            judged_at=judged.finished_at,
            reused=_times_reused(judged),
        )


def _times_reused(judged: Run) -> int:
    later = (Run.monitor_id == judged.monitor_id) & (Run.id > judged.id)
    query = select(func.count()).where(later, Run.reused_from == judged.id)
    return db.session.scalar(query) or 0
