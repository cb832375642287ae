"""The last Runs of a Monitor in a row: each a link with its time, status and sentence."""

from collections.abc import Iterable, Sequence

from flask import Flask, url_for
from markupsafe import Markup, escape

from webapp.models import overview
from webapp.models.overview import Row, Strip
from webapp.pages.filters import absolute

LENGTH = 24
# More than any page shows.
MAX_KEPT = 5000
_GAP = '<span class="strip-gap"></span>'
_RUN = '<a class="strip-run strip-{status}" href="{base}{id}" title="{told}"></a>'

_Key = tuple[int | None, int | None, str | None]


class Strips:
    """Those of the overview, drawn anew only where a Run began or ended since the last time."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[_Key, Markup]] = {}

    def of(self, rows: Sequence[Row]) -> dict[int, Markup]:
        """By the ids of Monitors."""
        keys: dict[int, _Key] = {row.id: (row.run_id, row.live_id, row.live_status) for row in rows}
        kept = {id_: self._kept.get(id_) for id_ in keys}
        strips = {id_: last[1] for id_, last in kept.items() if last and last[0] == keys[id_]}
        if missing := [id_ for id_ in keys if id_ not in strips]:
            found = overview.strips(missing, LENGTH)
            strips |= {id_: drawn(runs) for id_, runs in found.items()}
            if len(self._kept) > MAX_KEPT:
                self._kept.clear()
            self._kept.update({id_: (keys[id_], strips[id_]) for id_ in missing})
        return strips


def register(app: Flask) -> None:
    app.extensions["strips"] = Strips()


def drawn(runs: Sequence[Strip], length: int = LENGTH) -> Markup:
    """Oldest first, with gaps where there are fewer than `length`.

    Made here and not by a template, as a list shows more than a thousand of them.
    """
    base = url_for("runs.show", run_id=1)[:-1]
    links = (_RUN.format(status=r.status, base=base, id=r.id, told=_told(r)) for r in runs)
    return Markup("".join([_GAP * (length - len(runs)), *links]))  # noqa: S704 - escaped above


def _told(run: Strip) -> str:
    words: Iterable[str] = filter(None, (f"{absolute(run.moment)}: {run.status}", run.sentence))
    return str(escape(". ".join(words)))
