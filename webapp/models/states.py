"""How Monitors stand at a glance: counted, without a look at their Runs."""

from datetime import datetime
from typing import get_args

from sqlalchemy import ColumnElement, func, not_, or_, select

from webapp.extensions import db
from webapp.models.monitor import Monitor
from webapp.models.standing import Standing
from webapp.schemas.overview import Bad

BAD: tuple[str, ...] = get_args(Bad)


def bad_numbers(now: datetime) -> dict[str, int]:
    """How many Monitors are in each bad state, worst first; none that is paused or muted.

    Every page asks, so it is one small query.
    """
    query = (
        select(Standing.status, func.count())
        .join(Monitor, Monitor.id == Standing.monitor_id)
        .where(Standing.status.in_(BAD), not_(Monitor.paused), not_(is_muted_at(now)))
        .group_by(Standing.status)
    )
    numbers = {row[0]: row[1] for row in db.session.execute(query)}
    return {state: numbers[state] for state in BAD if state in numbers}


def is_muted_at(now: datetime) -> ColumnElement[bool]:
    until = Monitor.muted_until
    return Monitor.muted_at.is_not(None) & or_(until.is_(None), until > now)
