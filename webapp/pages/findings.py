from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, get_args

from flask import Blueprint, render_template, url_for

from webapp.found import found, found_past_finding
from webapp.models import Monitor, PastFinding
from webapp.pages.arguments import id_argument, one_of
from webapp.pages.past import Filter, Link
from webapp.pipeline.values import Severity

blueprint = Blueprint("findings", __name__, url_prefix="/monitors/<id:monitor_id>/findings")

ON_A_PAGE = 25
SEVERITIES: tuple[str, ...] = get_args(Severity)


@dataclass(frozen=True)
class FindingList:
    """A page of findings, last seen first; `newest` and `older` lead to others, where there are."""

    severity: str | None
    findings: Sequence[PastFinding]
    filter: Filter
    newest: str | None
    older: str | None

    @classmethod
    def of(cls, monitor_id: int) -> Self:
        """That which the address asks for. Raises BadRequest and NotFound."""
        before, severity = id_argument("before"), one_of("severity", SEVERITIES)
        last = found_past_finding(monitor_id, before) if before else None
        rows = PastFinding.history(monitor_id, ON_A_PAGE + 1, last, severity)
        shown, has_more = rows[:ON_A_PAGE], len(rows) > ON_A_PAGE
        return cls(
            severity,
            shown,
            _filter(monitor_id, severity),
            newest=_address(monitor_id, severity) if before else None,
            older=_address(monitor_id, severity, shown[-1].id) if has_more else None,
        )


@blueprint.get("")
def index(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    listed = FindingList.of(monitor_id)
    return render_template("monitors/findings.html", monitor=monitor, listed=listed)


def _filter(monitor_id: int, chosen: str | None) -> Filter:
    labels = {None: "any severity"} | {name: name for name in SEVERITIES}
    links = (
        Link(label, _address(monitor_id, name), name == chosen) for name, label in labels.items()
    )
    return Filter("severity", list(links))


def _address(monitor_id: int, severity: str | None, before: int | None = None) -> str:
    return url_for("findings.index", monitor_id=monitor_id, severity=severity, before=before)
