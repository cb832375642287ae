"""The way from an empty installation to one that watches and tells, on the home page."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.config import Settings
from webapp.models import Monitor
from webapp.models.first_steps import Begun, any_monitor, begun
from webapp.pipeline.checks import models_in_use

blueprint = Blueprint("first_steps", __name__, url_prefix="/first-steps")

# Each browser keeps for itself what it has seen.
SEEN, DISMISSED = "run_seen", "first_steps_dismissed"
YEAR = 365 * 86_400


@dataclass(frozen=True)
class Step:
    """`action` is what its link says, `url` where that leads."""

    name: str
    text: str
    action: str
    url: str
    done: bool


@dataclass(frozen=True)
class FirstSteps:
    """`watching`: there is a Monitor, so that the page has more to show than these."""

    steps: Sequence[Step]
    watching: bool

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)


def first_steps() -> FirstSteps | None:
    """None once all are done, or dismissed; without any Monitor they lead in any case."""
    if DISMISSED in request.cookies and any_monitor():
        return None
    settings, state = current_app.extensions["settings"], begun()
    steps = (_run(state), _monitor(state), _model(settings), _recipient(state, settings))
    found = FirstSteps(steps, watching=state.first_id is not None)
    return None if found.done == len(steps) else found


@blueprint.post("/dismiss")
def dismiss() -> AnyResponse:
    answer = redirect(url_for("home.index"), 303)
    _keep(answer, DISMISSED)
    return answer


@blueprint.after_app_request
def _note_a_run_that_is_seen(response: Response) -> Response:
    seen = request.endpoint == "runs.show" and response.status_code == 200
    if seen and SEEN not in request.cookies:
        _keep(response, SEEN)
    return response


def _keep(response: AnyResponse, name: str) -> None:
    response.set_cookie(name, "1", max_age=YEAR, httponly=True, samesite="Lax")


def _run(state: Begun) -> Step:
    name, done = "See the example Run", SEEN in request.cookies
    if state.first_run_id:
        text = "What was read, what was judged, and who was told, all on one page."
        return Step(name, text, "Open it", url_for("runs.show", run_id=state.first_run_id), done)
    if state.first_id:
        url = url_for("monitors.show", monitor_id=state.first_id)
        return Step(name, "The first one comes within a minute.", "See its Monitor", url, done)
    text = "It comes with the first Monitor."
    return Step(name, text, "New Monitor", url_for("monitors.new"), done)


def _monitor(state: Begun) -> Step:
    name = "Add a Monitor"
    if not state.target:
        text = "First say where the logs live: on this machine, or at a Docker engine."
        return Step(name, text, "New Target", url_for("targets.new"), done=False)
    text = "From a template such as nginx or sshd, or in your own words."
    return Step(name, text, "Choose a template", url_for("monitors.new"), state.own)


def _model(settings: Settings) -> Step:
    name, url = "Set a model", url_for("settings.show", _anchor="llm")
    used = models_in_use(settings, Monitor.by_model())
    problem = next((one.problem for one in used if one.problem), None)
    if problem:
        return Step(name, problem, "See what to set", url, done=False)
    text = "It explains what the built-in reading only counts. A local one will do."
    return Step(name, text, "See how", url, any(one.model != "builtin" for one in used))


def _recipient(state: Begun, settings: Settings) -> Step:
    name = "Set a recipient"
    if state.recipient and not (settings.smtp_host or settings.sms_url):
        text = "Somebody is to be told, and no mail server is set to do it."
        url = url_for("settings.show", _anchor="mail")
        return Step(name, text, "Set a mail server", url, done=False)
    text = "Who is told by e-mail or SMS when something is wrong."
    url = url_for("monitors.new")
    if state.last_id:
        url = url_for("monitors.edit", monitor_id=state.last_id, _anchor="notifications")
    return Step(name, text, "Say who", url, state.recipient)
