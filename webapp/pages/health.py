from flask import Blueprint, current_app, render_template

from webapp import health
from webapp.clock import utc_now

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def show() -> tuple[str, int]:
    """Every part in a sentence; 503 where one fails, as scripts get it."""
    extensions = current_app.extensions
    report = health.check(extensions["settings"], extensions["doorbell"], utc_now())
    return render_template("health/show.html", health=report), 200 if report.status == "ok" else 503
