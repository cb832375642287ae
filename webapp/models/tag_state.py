"""How Monitors stand together: those of a tag, as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Self

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, load_only

from webapp.extensions import db
from webapp.models.monitor import Monitor, is_muted
from webapp.models.states import BAD
from webapp.models.tag import MonitorTag

# A Monitor that has said nothing yet takes nothing from what the others say.
WORST_FIRST = (*BAD, "ok", "new")
LEFT_OUT = ("paused", "muted")


@dataclass(frozen=True)
class TagState:
    """The Monitors that have a tag, in `groups` by state; what is paused or muted counts for
    nothing."""

    tag: str
    groups: dict[str, list[Monitor]]

    @classmethod
    def of(cls, tag: str, now: datetime) -> Self | None:
        """None where no Monitor has it."""
        return next(iter(cls._asked(_tagged().where(MonitorTag.tag == tag), now)), None)

    @classmethod
    def all(cls, now: datetime) -> list[Self]:
        """By name."""
        return cls._asked(_tagged(), now)

    @property
    def state(self) -> str:
        """That of the worst; `paused` or `muted` where all are."""
        return next(state for state in (*WORST_FIRST, *LEFT_OUT) if self.groups[state])

    @property
    def counts(self) -> dict[str, int]:
        return {state: len(monitors) for state, monitors in self.groups.items()}

    @property
    def monitors(self) -> int:
        return sum(self.counts.values())

    @property
    def worst(self) -> list[Monitor]:
        """The bad ones, worst first."""
        return [monitor for state in BAD for monitor in self.groups[state]]

    @property
    def sentence(self) -> str:
        """`2 alert, 9 ok. Not counted: 1 muted.`"""
        counted, left_out = self._told(WORST_FIRST), self._told(LEFT_OUT)
        return " ".join(
            filter(None, (counted and f"{counted}.", left_out and f"Not counted: {left_out}."))
        )

    def _told(self, states: Sequence[str]) -> str:
        return ", ".join(f"{len(self.groups[s])} {s}" for s in states if self.groups[s])

    @classmethod
    def _asked(cls, query: Select[str, Monitor], now: datetime) -> list[Self]:
        by_tag = groupby(db.session.execute(query), key=lambda row: row.tag)
        return [cls(tag, _grouped([row.Monitor for row in rows], now)) for tag, rows in by_tag]


def _tagged() -> Select[str, Monitor]:
    columns = (Monitor.name, Monitor.paused, Monitor.muted_at, Monitor.muted_until)
    return (
        select(MonitorTag.tag, Monitor)
        .join(Monitor, Monitor.id == MonitorTag.monitor_id)
        .options(load_only(*columns), joinedload(Monitor.standing))
        .order_by(MonitorTag.tag, Monitor.id)
    )


def _grouped(monitors: Sequence[Monitor], now: datetime) -> dict[str, list[Monitor]]:
    groups: dict[str, list[Monitor]] = {state: [] for state in (*WORST_FIRST, *LEFT_OUT)}
    for monitor in monitors:
        groups[_place(monitor, now)].append(monitor)
    return groups


def _place(monitor: Monitor, now: datetime) -> str:
    muted = is_muted(monitor.muted_at, monitor.muted_until, now)
    return "muted" if muted and not monitor.paused else monitor.state
