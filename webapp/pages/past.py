"""Which Runs of a Monitor the address asks for, and how a page leads to others."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from flask import url_for

from webapp.metrics import TRIGGERS
from webapp.models import Measured, Monitor, Run
from webapp.models.measured import CHARTED
from webapp.models.run import DONE
from webapp.pages.arguments import id_argument, one_of
from webapp.pages.charts import Charts, draw
from webapp.pages.filters import CORRECTIONS
from webapp.pages.strip import run_base
from webapp.schemas.run import SPANS

STATUSES = {None: "any status"} | {name: name for name in DONE}
SAID = {None: "corrected or not"} | CORRECTIONS
BEGINNINGS = {None: "any trigger"} | {name: name for name in TRIGGERS}
TIMES = {"day": "last day", "week": "last week", None: "all kept"}


@dataclass(frozen=True)
class Asked:
    """None: whatever it is. `before` is the id that the page before ended with."""

    status: str | None
    trigger: str | None
    span: str | None
    corrected: str | None
    before: int | None

    @classmethod
    def by_address(cls) -> Self:
        """Raises BadRequest."""
        return cls(
            status=one_of("status", DONE),
            trigger=one_of("trigger", TRIGGERS),
            span=one_of("span", SPANS),
            corrected=one_of("corrected", CORRECTIONS),
            before=id_argument("before"),
        )

    @property
    def filtered(self) -> bool:
        return any((self.status, self.trigger, self.span, self.corrected))

    def since(self, now: datetime) -> datetime | None:
        return now - SPANS[self.span] if self.span else None


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Filter:
    name: str
    links: Sequence[Link]


@dataclass(frozen=True)
class RunList:
    """A page of Runs, newest first; `newest` and `older` lead to other pages, where there are."""

    asked: Asked
    runs: Sequence[Run]
    filters: Sequence[Filter]
    newest: str | None
    older: str | None


@dataclass(frozen=True)
class Past:
    """What a Monitor's page shows of its Runs; `spans` choose how far back it looks."""

    spans: Filter
    charts: Charts
    run_base: str
    runs: RunList

    @classmethod
    def of(cls, monitor: Monitor, now: datetime, limit: int) -> Self:
        asked = Asked.by_address()
        pages = Pages("monitors.show", monitor.id, asked)
        since = asked.since(now)
        return cls(
            spans=pages.filter("span", TIMES),
            charts=draw(Measured.past(monitor.id, CHARTED, since), now, since),
            run_base=run_base(),
            runs=pages.page(now, limit, [pages.by_status(), pages.by_trigger()]),
        )


@dataclass(frozen=True)
class Pages:
    """The addresses of the same list with something else asked for."""

    endpoint: str
    monitor_id: int
    asked: Asked

    def url(self, **changed: object) -> str:
        return url_for(self.endpoint, monitor_id=self.monitor_id, **asdict(self.asked) | changed)

    def filter(self, name: str, labels: dict[str | None, str]) -> Filter:
        """Whichever is chosen, it begins with the newest."""
        chosen = getattr(self.asked, name)
        links = (
            Link(label, self.url(**{name: value, "before": None}), value == chosen)
            for value, label in labels.items()
        )
        return Filter(name, list(links))

    def by_status(self) -> Filter:
        return self.filter("status", STATUSES)

    def by_trigger(self) -> Filter:
        return self.filter("trigger", BEGINNINGS)

    def by_time(self) -> Filter:
        return self.filter("span", TIMES)

    def by_correction(self) -> Filter:
        return self.filter("corrected", SAID)

    def page(self, now: datetime, limit: int, filters: Iterable[Filter]) -> RunList:
        asked = self.asked
        runs = Run.history(
            self.monitor_id,
            limit + 1,
            asked.before,
            asked.status,
            asked.trigger,
            asked.since(now),
            asked.corrected,
        )
        return RunList(
            asked=asked,
            runs=runs[:limit],
            filters=list(filters),
            newest=self.url(before=None) if asked.before else None,
            older=self.url(before=runs[limit - 1].id) if len(runs) > limit else None,
        )
