"""The lines of the overview, each drawn anew only when it would look different.

A page shows 50 Monitors with 1,200 Runs, and of most nothing has changed since the last look.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from webapp.board import Line
from webapp.models import Correction, overview
from webapp.models.states import BAD
from webapp.pages import strip
from webapp.pages.filters import coming, relative

# More than any page shows; then all are forgotten.
MAX_KEPT = 5000


class Standings:
    """The one of the app."""

    def __init__(self) -> None:
        self._lines = _Kept()
        self._strips = _Kept()

    def of(self, lines: Sequence[Line], now: datetime) -> list[Markup]:
        strips = self._strips_of(lines)
        return [self._drawn(line, strips[line.row.id], now) for line in lines]

    def _drawn(self, line: Line, strip_: Markup, now: datetime) -> Markup:
        row = line.row
        past = [moment and relative(moment, now) for moment in (row.finished_at, row.since)]
        looks = (line, strip_, past, row.next_run_at and coming(row.next_run_at, now))
        drawn = self._lines.get(row.id, looks)
        if drawn is None:
            template = current_app.jinja_env.get_template("home/_standing.html")
            text = template.render(line=line, row=row, strip=strip_, bad=BAD, now=now)
            drawn = Markup(text)  # noqa: S704 - the template escapes
            self._lines.put(row.id, looks, drawn)
        return drawn

    def _strips_of(self, lines: Sequence[Line]) -> dict[int, Markup]:
        """By the ids of Monitors; new where a Run began, ended or was corrected."""
        said = Correction.versions([one.row.id for one in lines])
        rows = [one.row for one in lines]
        looks = {r.id: (r.run_id, r.live_id, r.live_status, said.get(r.id)) for r in rows}
        kept = {id_: self._strips.get(id_, looks[id_]) for id_ in looks}
        drawn = {id_: markup for id_, markup in kept.items() if markup is not None}
        if missing := [id_ for id_ in looks if id_ not in drawn]:
            for id_, runs in overview.strips(missing, strip.LENGTH).items():
                drawn[id_] = strip.drawn(runs)
                self._strips.put(id_, looks[id_], drawn[id_])
        return drawn


class _Kept:
    """Drawings by id, each with what it was drawn of."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Any, Markup]] = {}

    def get(self, id_: int, looks: Any) -> Markup | None:
        kept = self._kept.get(id_)
        return kept[1] if kept and kept[0] == looks else None

    def put(self, id_: int, looks: Any, drawn: Markup) -> None:
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[id_] = looks, drawn


def register(app: Flask) -> None:
    app.extensions["standings"] = Standings()


def standings() -> Standings:
    """The one of the app that answers."""
    the_standings: Standings = current_app.extensions["standings"]
    return the_standings
