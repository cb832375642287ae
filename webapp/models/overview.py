"""The Monitors as a list shows them: found, sorted and counted by the database."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select

from webapp.extensions import db
from webapp.models.correction import Correction
from webapp.models.log_source import LogSource
from webapp.models.monitor import Monitor
from webapp.models.run import IS_LIVE, Run
from webapp.models.standing import Standing
from webapp.models.tag import MonitorTag
from webapp.models.target import Target
from webapp.schemas.overview import Sort, State

STATES: tuple[str, ...] = get_args(State)
SORTS: tuple[str, ...] = get_args(Sort)
# Composing a query takes as long as executing it, and people look at the same few again and again.
MOST_CHOICES = 64

_LIVE: Any = select(Run.id, Run.monitor_id, Run.status).where(IS_LIVE).subquery("live")
STATE: ColumnElement[str] = case(
    (Monitor.paused, "paused"), else_=func.coalesce(Standing.status, "new")
)
_WORST = case({state: place for place, state in enumerate(STATES)}, value=STATE)
_NAME = func.lower(Monitor.name)
_ORDERS: dict[str, tuple[Any, ...]] = {
    "worst": (_WORST, _NAME),
    "name": (_NAME,),
    "last": (Standing.finished_at.is_(None), Standing.finished_at.desc(), _NAME),
    "next": (Monitor.next_run_at.is_(None), Monitor.next_run_at, _NAME),
}


@dataclass(frozen=True)
class Choice:
    """Which Monitors are asked for; `text` is looked for in their names, sentences and tags."""

    text: str = ""
    state: str | None = None
    target_id: int | None = None
    tag: str | None = None
    sort: str = "worst"


class Row(NamedTuple):
    """A Monitor in a list. `run_id` to `since` are its Standing's, None before its first one."""

    id: int
    name: str
    state: str
    paused: bool
    muted_at: datetime | None
    muted_until: datetime | None
    next_run_at: datetime | None
    target: str
    run_id: int | None
    sentence: str | None
    finished_at: datetime | None
    since: datetime | None
    live_id: int | None
    live_status: str | None


@dataclass(frozen=True)
class Listed:
    """A page of the `number` Monitors that a choice finds, with their tags by id.

    `counts` are of all that the choice finds in whatever state.
    """

    counts: dict[str, int]
    number: int
    page: int
    rows: list[Row]
    tags: dict[int, list[str]]


class Strip(NamedTuple):
    """A Run as a strip shows it; `corrections`: the kinds of what was said of it since."""

    id: int
    monitor_id: int
    status: str
    moment: datetime
    sentence: str
    corrections: frozenset[str] = frozenset()


def listed(choice: Choice, on_a_page: int, page: int) -> Listed:
    """A page of the Monitors, with what a list shows of them; the last one, if there are fewer."""
    counts = _counts(choice)
    number = counts[choice.state] if choice.state else sum(counts.values())
    page = max(1, min(page, -(-number // on_a_page)))
    part = {"most": on_a_page, "before": on_a_page * (page - 1)}
    rows = [Row._make(row) for row in db.session.execute(_listing(choice), part)]
    return Listed(counts, number, page, rows, _tags([row.id for row in rows]))


def strips(monitor_ids: list[int], limit: int) -> dict[int, list[Strip]]:
    """The last `limit` Runs of each, oldest first.

    A query that reads no more of the index than it gives, however long the history is, and one for
    the few Runs that were corrected.
    """
    oldest = (
        select(Run.id)
        .where(Run.monitor_id == Monitor.id)
        .order_by(Run.id.desc())
        .offset(limit - 1)
        .limit(1)
        .correlate(Monitor)
        .scalar_subquery()
    )
    query = (
        select(
            Run.id,
            Run.monitor_id,
            Run.status,
            func.coalesce(Run.finished_at, Run.created_at, type_=Run.created_at.type),
            func.substr(Run.sentence, 1, 200),
        )
        .join(Monitor, (Run.monitor_id == Monitor.id) & (Run.id >= func.coalesce(oldest, 0)))
        .where(Monitor.id.in_(monitor_ids))
        .order_by(Run.monitor_id, Run.id)
    )
    found: dict[int, list[Strip]] = {monitor_id: [] for monitor_id in monitor_ids}
    corrected = Correction.kinds(monitor_ids)
    for row in db.session.execute(query):
        found[row[1]].append(Strip._make([*row, corrected.get(row[0], frozenset())]))
    return found


# Composed once, as every poll asks.
_LIVE_ENDS = select(func.count(), func.sum(Run.id), func.count(Run.lease_until)).where(IS_LIVE)
_ENDS = select(
    select(func.max(Run.id)).scalar_subquery(),
    select(func.max(Run.finished_at)).scalar_subquery(),
    select(func.count()).select_from(Monitor).scalar_subquery(),
    select(func.max(Monitor.updated_at)).scalar_subquery(),
    select(func.count()).select_from(Correction).scalar_subquery(),
    select(func.max(Correction.id)).scalar_subquery(),
    # A mute that ends changes what is shown, and no row.
    select(func.count()).where(Monitor.muted_until > bindparam("now")).scalar_subquery(),
    *(
        select(end).select_from(model).scalar_subquery()
        for model in (Target, LogSource)
        for end in (func.count(), func.max(model.updated_at))
    ),
)


def version(now: datetime) -> str:
    """Another text whenever anything that a list shows may have changed.

    It reads the ends of indexes and the few Runs that are live, so that it costs next to nothing.
    """
    parts = [*db.session.execute(_LIVE_ENDS).one(), *db.session.execute(_ENDS, {"now": now}).one()]
    return "-".join(str(part) for part in parts)


@lru_cache(maxsize=MOST_CHOICES)
def _listing(choice: Choice) -> Any:
    query = _found(choice, _rows())
    if choice.state:
        query = query.where(choice.state == STATE)
    ordered = query.order_by(*_ORDERS[choice.sort], Monitor.id)
    return ordered.limit(bindparam("most")).offset(bindparam("before"))


@lru_cache(maxsize=MOST_CHOICES)
def _counting(choice: Choice) -> Any:
    return _found(choice, select(STATE, func.count())).group_by(STATE)


def _rows() -> Any:
    return select(
        Monitor.id,
        Monitor.name,
        STATE.label("state"),
        Monitor.paused,
        Monitor.muted_at,
        Monitor.muted_until,
        Monitor.next_run_at,
        Target.name.label("target"),
        Standing.run_id,
        Standing.sentence,
        Standing.finished_at,
        Standing.since,
        _LIVE.c.id.label("live_id"),
        _LIVE.c.status.label("live_status"),
    ).outerjoin(_LIVE, _LIVE.c.monitor_id == Monitor.id)


def _found(choice: Choice, query: Any) -> Any:
    """Of the Monitors those that the choice finds, in whatever state."""
    target_id = func.coalesce(Monitor.target_id, LogSource.target_id)
    query = (
        query.select_from(Monitor)
        .outerjoin(Standing, Standing.monitor_id == Monitor.id)
        .outerjoin(LogSource, LogSource.id == Monitor.log_source_id)
        .join(Target, Target.id == target_id)
    )
    if choice.target_id:
        query = query.where(target_id == choice.target_id)
    if choice.tag:
        query = query.where(_has_tag(MonitorTag.tag == choice.tag))
    for word in choice.text.split():
        query = query.where(
            or_(
                Monitor.name.icontains(word, autoescape=True),
                Standing.sentence.icontains(word, autoescape=True),
                _has_tag(MonitorTag.tag == word.lower()),
            )
        )
    return query


def _has_tag(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(MonitorTag.tag)
        .where(MonitorTag.monitor_id == Monitor.id, condition)
        .correlate(Monitor)
        .exists()
    )


def _counts(choice: Choice) -> dict[str, int]:
    found = db.session.execute(_counting(choice))
    return dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in found}


_TAGS = (
    select(MonitorTag.monitor_id, MonitorTag.tag)
    .where(MonitorTag.monitor_id.in_(bindparam("monitors", expanding=True)))
    .order_by(MonitorTag.tag)
)


def _tags(monitor_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for monitor_id, tag in db.session.execute(_TAGS, {"monitors": monitor_ids}):
        found.setdefault(monitor_id, []).append(tag)
    return found
