from flask import Blueprint, render_template

from webapp.models import Run
from webapp.pages.found import ID, found
from webapp.pages.log_text import numbered

blueprint = Blueprint("runs", __name__, url_prefix="/runs")


@blueprint.get(f"/<{ID}:run_id>")
def show(run_id: int) -> str:
    return _rendered("runs/show.html", run_id)


@blueprint.get(f"/<{ID}:run_id>/run-panel")
def panel(run_id: int) -> str:
    return _rendered("runs/_run-panel.html", run_id)


def _rendered(template: str, run_id: int) -> str:
    run = found(Run, run_id)
    return render_template(template, run=run, lines=numbered(run))
