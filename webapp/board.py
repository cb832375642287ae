"""The overview: its Monitors, the health of the parts, what was spent; and how to tell cheaply
that nothing of it has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from flask import Flask, current_app

from webapp import health
from webapp.budgets import BudgetUse, budget_uses, nearly_used
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.models import LlmUsage, MonitorTag, Target, overview
from webapp.models.llm_usage import Spent
from webapp.models.monitor import is_muted
from webapp.models.overview import Choice, Row
from webapp.recent import Recent
from webapp.schemas import HealthOut

ON_A_PAGE = 50
# How old what a poll is answered from may be; a page that is opened is always new.
VERSION_SECONDS = 1
HEALTH_SECONDS = 1
MONTH_SECONDS = 60
# What people look at again and again; then all are forgotten.
MAX_VIEWS = 200
# Of the Targets to choose from; a page has room for no more.
MAX_TARGETS = 50


@dataclass(frozen=True)
class Line:
    row: Row
    tags: Sequence[str]
    muted: bool


@dataclass(frozen=True)
class View:
    """A page of what a choice finds, which is `number` Monitors; `seen` names what it shows.

    `counts` are of all that the choice finds in whatever state. `targets` and `tags` are what may
    be asked for: names by id, the first of them, and how many Monitors have each. `month` is what
    LLMs took in it, and `budgets` those that are nearly used up.
    """

    counts: Mapping[str, int]
    number: int
    page: int
    lines: Sequence[Line]
    targets: Mapping[int, str]
    more_targets: bool
    tags: Mapping[str, int]
    health: HealthOut
    month: Spent
    budgets: Sequence[BudgetUse]
    seen: str

    @property
    def pages(self) -> int:
        return -(-self.number // ON_A_PAGE)


class Board:
    """The one of the app, which remembers for a moment what costs something to find out."""

    def __init__(self, app: Flask) -> None:
        settings, doorbell = app.extensions["settings"], app.extensions["doorbell"]
        self._version = Recent(VERSION_SECONDS, lambda: overview.version(utc_now()))
        self._health = Recent(HEALTH_SECONDS, lambda: health.check(settings, doorbell, utc_now()))
        self._month = Recent(MONTH_SECONDS, _month)
        self._budgets = Recent(MONTH_SECONDS, lambda: _nearly_used(settings))
        self._views: dict[tuple[Choice, int], tuple[str, View]] = {}

    def is_seen(self, seen: str, choice: Choice, page: int) -> bool:
        """Whether who has seen that would see nothing new."""
        return seen == self._view(choice, page, self._version.get()).seen

    def view(self, choice: Choice, page: int, now: datetime) -> View:
        """As it is now."""
        return self._view(choice, page, overview.version(now))

    def _view(self, choice: Choice, page: int, version: str) -> View:
        """Put together anew where anything at all changed since the last time."""
        well = self._health.get()
        # What is well says so in words that change all the time and are not shown.
        parts = [part.ok or part.message for part in well.parts().values()]
        stands = repr((version, self._month.get(), self._budgets.get(), parts))
        last = self._views.get((choice, page))
        if last and last[0] == stands:
            return last[1]
        if len(self._views) >= MAX_VIEWS:
            self._views.clear()
        view = self._made(choice, page, well, parts)
        self._views[choice, page] = stands, view
        return view

    def _made(
        self, choice: Choice, page: int, well: HealthOut, parts: Sequence[bool | str]
    ) -> View:
        listed = overview.listed(choice, ON_A_PAGE, page)
        now = utc_now()
        lines = [
            Line(row, listed.tags.get(row.id, []), is_muted(row.muted_at, row.muted_until, now))
            for row in listed.rows
        ]
        counts, tags = listed.counts, MonitorTag.numbers()
        targets = Target.names(MAX_TARGETS, choice.target_id)
        shown = (listed.page, counts, lines, targets, tags, parts, self._month.get())
        budgets = self._budgets.get()
        return View(
            counts=counts,
            number=listed.number,
            page=listed.page,
            lines=lines,
            targets=targets,
            more_targets=Target.number() > len(targets),
            tags=tags,
            health=well,
            month=self._month.get(),
            budgets=budgets,
            seen=blake2b(repr((shown, budgets)).encode(), digest_size=9).hexdigest(),
        )


def _month() -> Spent:
    """What LLMs took since the first of the month (UTC)."""
    return LlmUsage.since(utc_now().date().replace(day=1))


def _nearly_used(settings: Settings) -> Sequence[BudgetUse]:
    return nearly_used(budget_uses(settings.budget, utc_now().date()))


def register(app: Flask) -> None:
    app.extensions["board"] = Board(app)


def board() -> Board:
    """The one of the app that answers."""
    the_board: Board = current_app.extensions["board"]
    return the_board
