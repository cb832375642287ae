"""What went wrong of late, over all Monitors."""

from datetime import datetime

from sqlalchemy import not_, select
from sqlalchemy.orm import contains_eager, load_only

from webapp.extensions import db
from webapp.models.monitor import Monitor
from webapp.models.run import IS_BAD, Run
from webapp.models.states import is_muted_at
from webapp.models.tag import MonitorTag

SHOWN = (
    Run.monitor_id,
    Run.status,
    Run.created_at,
    Run.finished_at,
    Run.summary,
    Run.error_message,
    Run.findings,
    Run.recommendations,
)


def newest(
    now: datetime, limit: int, *, monitor_id: int | None = None, tag: str | None = None
) -> list[Run]:
    """Newest first, each with its Monitor's name; none of a Monitor that is muted."""
    query = (
        select(Run)
        .join(Run.monitor)
        .where(IS_BAD, Run.finished_at.is_not(None), not_(is_muted_at(now)))
        .options(load_only(*SHOWN), contains_eager(Run.monitor).load_only(Monitor.name))
        .order_by(Run.finished_at.desc(), Run.id.desc())
        .limit(limit)
    )
    if monitor_id is not None:
        query = query.where(Run.monitor_id == monitor_id)
    if tag is not None:
        tagged = select(MonitorTag.monitor_id).where(MonitorTag.tag == tag)
        query = query.where(Run.monitor_id.in_(tagged))
    return list(db.session.scalars(query))
