"""The overview: its Monitors, the health of the parts, what was spent; and how to tell cheaply
that nothing of it has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from flask import Flask, current_app

from webapp import health
from webapp.clock import utc_now
from webapp.models import LlmUsage, MonitorTag, Target, overview
from webapp.models.llm_usage import Spent
from webapp.models.monitor import is_muted
from webapp.models.overview import Choice, Row
from webapp.recent import Recent
from webapp.schemas import HealthOut

ON_A_PAGE = 50
# How old what a poll is answered from may be; a page that is opened is always new.
VERSION_SECONDS = 1
HEALTH_SECONDS = 5
SPENT_SECONDS = 10
# What people look at again and again; then all are forgotten.
MAX_VIEWS = 200


@dataclass(frozen=True)
class Line:
    row: Row
    tags: Sequence[str]
    muted: bool


@dataclass(frozen=True)
class View:
    """A page of what a choice finds, which is `number` Monitors; `seen` names this very view.

    `counts` are of all that the choice finds in whatever state. `targets` and `tags` are what may
    be asked for: names by id, and how many Monitors have each. `month` is what LLMs took in it.
    """

    counts: Mapping[str, int]
    number: int
    page: int
    lines: Sequence[Line]
    targets: Mapping[int, str]
    tags: Mapping[str, int]
    health: HealthOut
    month: Spent
    seen: str

    @property
    def pages(self) -> int:
        return -(-self.number // ON_A_PAGE)


class Board:
    """The one of the app, which remembers for a moment what costs something to find out."""

    def __init__(self, app: Flask) -> None:
        self._settings = app.extensions["settings"]
        self._doorbell = app.extensions["doorbell"]
        self._version: Recent[str] = Recent(VERSION_SECONDS)
        self._health: Recent[HealthOut] = Recent(HEALTH_SECONDS)
        self._month: Recent[Spent] = Recent(SPENT_SECONDS)
        self._views: dict[tuple[Choice, int], View] = {}

    def is_seen(self, seen: str) -> bool:
        """Whether who has seen that would see nothing new."""
        return seen == self._seen(self._version.get(lambda: overview.version(utc_now())))

    def view(self, choice: Choice, page: int, now: datetime) -> View:
        """As it is now; put together anew where anything changed since the last time."""
        # Before the rest, so that what changes meanwhile is seen at the next poll.
        seen = self._seen(overview.version(now))
        last = self._views.get((choice, page))
        if last and last.seen == seen:
            return last
        if len(self._views) >= MAX_VIEWS:
            self._views.clear()
        self._views[choice, page] = self._view(choice, page, now, seen)
        return self._views[choice, page]

    def _view(self, choice: Choice, page: int, now: datetime, seen: str) -> View:
        listed = overview.listed(choice, ON_A_PAGE, ON_A_PAGE * (page - 1))
        counts = listed.counts
        return View(
            counts=counts,
            number=counts[choice.state] if choice.state else sum(counts.values()),
            page=page,
            lines=[
                Line(
                    row,
                    listed.tags.get(row.id, []),
                    is_muted(row.muted_at, row.muted_until, now),
                )
                for row in listed.rows
            ],
            targets=Target.names(),
            tags=MonitorTag.numbers(),
            health=self.health(),
            month=self.month(),
            seen=seen,
        )

    def health(self) -> HealthOut:
        return self._health.get(lambda: health.check(self._settings, self._doorbell, utc_now()))

    def month(self) -> Spent:
        """What LLMs took since the first of the month (UTC)."""
        return self._month.get(lambda: LlmUsage.since(utc_now().date().replace(day=1)))

    def _seen(self, version: str) -> str:
        """A short name for all that is shown, whatever the choice."""
        # What is well says so in words that change all the time and are not shown.
        parts = [part.ok or part.message for part in self.health().parts().values()]
        return blake2b(repr((version, self.month(), parts)).encode(), digest_size=9).hexdigest()


def register(app: Flask) -> None:
    app.extensions["board"] = Board(app)


def board() -> Board:
    """The one of the app that answers."""
    the_board: Board = current_app.extensions["board"]
    return the_board
