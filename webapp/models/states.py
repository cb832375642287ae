"""How Monitors stand at a glance: counted, without a look at their Runs."""

from datetime import datetime
from typing import Any, get_args

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, not_, or_, select

from webapp.extensions import db
from webapp.models.monitor import Monitor
from webapp.models.standing import Standing
from webapp.schemas.overview import Bad

BAD: tuple[str, ...] = get_args(Bad)


def is_muted_at(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    until = Monitor.muted_until
    return Monitor.muted_at.is_not(None) & or_(until.is_(None), until > now)


# Composed once: every page asks, and composing it takes longer than executing it.
_BAD_NUMBERS = (
    select(Standing.status, func.count())
    .join(Monitor, Monitor.id == Standing.monitor_id)
    .where(or_(*(Standing.status == state for state in BAD)))
    .where(not_(Monitor.paused), not_(is_muted_at(bindparam("now"))))
    .group_by(Standing.status)
)


def bad_numbers(now: datetime) -> dict[str, int]:
    """How many Monitors are in each bad state, worst first; none that is paused or muted."""
    numbers = {row[0]: row[1] for row in db.session.execute(_BAD_NUMBERS, {"now": now})}
    return {state: numbers[state] for state in BAD if state in numbers}
