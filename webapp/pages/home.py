from flask import Blueprint, current_app, render_template

from webapp import health
from webapp.clock import utc_now
from webapp.models import Monitor
from webapp.pages.first_steps import first_steps
from webapp.pages.standing import STATES, Standing

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> str:
    """Counts by state, then the Monitors, worst first."""
    extensions = current_app.extensions
    report = health.check(extensions["settings"], extensions["doorbell"], utc_now())
    standings = sorted(Standing.of_all(Monitor.all()), key=lambda standing: standing.rank)
    counts = [(state, sum(s.state == state for s in standings)) for state in STATES]
    return render_template(
        "home/index.html",
        health=report,
        standings=standings,
        counts=counts,
        first_steps=first_steps(),
    )
