"""What uses a Target or a LogSource, as lists tell it: no Monitor is read whole for that."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from webapp.extensions import db
from webapp.models.log_source import LogSource
from webapp.models.monitor import Monitor
from webapp.models.overview import STATE, STATES
from webapp.models.standing import Standing

_target_id = func.coalesce(Monitor.target_id, LogSource.target_id)


class User(NamedTuple):
    """A Monitor that uses it; `sentence` is what its last Run said, None before the first one."""

    id: int
    name: str
    state: str
    interval_seconds: int
    sentence: str | None


def users_of_target(target_id: int, limit: int) -> list[User]:
    """By name; through a LogSource or by themselves."""
    return _users(_target_id == target_id, limit)


def users_of_log_source(log_source_id: int, limit: int) -> list[User]:
    """By name."""
    return _users(Monitor.log_source_id == log_source_id, limit)


def number_on_target(target_id: int) -> int:
    return _number(_target_id == target_id)


def number_on_log_source(log_source_id: int) -> int:
    return _number(Monitor.log_source_id == log_source_id)


def log_sources_on(target_id: int, limit: int) -> list[LogSource]:
    """In the order they were made."""
    query = select(LogSource).where(LogSource.target_id == target_id)
    return list(db.session.scalars(query.order_by(LogSource.id).limit(limit)))


def states_by_target() -> dict[int, dict[str, int]]:
    """How many Monitors that use each Target are in which state, worst first."""
    return _states(_target_id)


def states_by_log_source() -> dict[int, dict[str, int]]:
    return _states(Monitor.log_source_id)


def log_sources_by_target() -> dict[int, int]:
    query = select(LogSource.target_id, func.count()).group_by(LogSource.target_id)
    return dict(list(db.session.execute(query)))


def _users(which: ColumnElement[bool], limit: int) -> list[User]:
    columns = (Monitor.id, Monitor.name, STATE, Monitor.interval_seconds, Standing.sentence)
    query = _joined(select(*columns)).where(which).order_by(Monitor.name, Monitor.id).limit(limit)
    return [User._make(row) for row in db.session.execute(query)]


def _number(which: ColumnElement[bool]) -> int:
    return db.session.scalar(_joined(select(func.count())).where(which)) or 0


def _states(what: Any) -> dict[int, dict[str, int]]:
    query = _joined(select(what, STATE, func.count())).group_by(what, STATE)
    found: dict[int, dict[str, int]] = {}
    rows = sorted(db.session.execute(query), key=lambda row: STATES.index(row[1]))
    for used_id, state, number in rows:
        found.setdefault(used_id, {})[state] = number
    return found


def _joined(query: Any) -> Any:
    return (
        query.select_from(Monitor)
        .outerjoin(Standing, Standing.monitor_id == Monitor.id)
        .outerjoin(LogSource, LogSource.id == Monitor.log_source_id)
    )
