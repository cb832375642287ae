from dataclasses import dataclass
from typing import Literal

from flask import Blueprint, render_template

from webapp.found import found
from webapp.models import Run
from webapp.pages.log_text import cited, numbered

blueprint = Blueprint("runs", __name__, url_prefix="/runs")

STAGES = ("queued", "gathering", "analyzing", "notifying")


@dataclass(frozen=True)
class Stage:
    name: str
    state: Literal["done", "current", "coming"]


@blueprint.get("/<id:run_id>")
def show(run_id: int) -> str:
    return _rendered("runs/show.html", run_id)


@blueprint.get("/<id:run_id>/run-panel")
def panel(run_id: int) -> str:
    return _rendered("runs/_run-panel.html", run_id)


def _rendered(template: str, run_id: int) -> str:
    run = found(Run, run_id)
    # The text is long, and the panel shows it when it has ended: no poll before reads it.
    lines = [] if run.live else numbered(run)
    return render_template(template, run=run, lines=lines, cited=cited(run), stages=_stages(run))


def _stages(run: Run) -> list[Stage]:
    """How far a live Run has come; a worker that just took it is about to gather."""
    reached = 0 if run.status == "queued" else STAGES.index(run.stage or "gathering")
    return [
        Stage(name, "done" if place < reached else "current" if place == reached else "coming")
        for place, name in enumerate(STAGES)
    ]
