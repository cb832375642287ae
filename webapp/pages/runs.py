from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from webapp import jobs
from webapp.clock import utc_now
from webapp.found import found, found_notification, found_with_previous
from webapp.models import Run
from webapp.pages.arguments import text_argument
from webapp.pages.log_view import LogView, view_of_run
from webapp.pipeline.asked import asked, could_ask
from webapp.pipeline.changes import changes

blueprint = Blueprint("runs", __name__, url_prefix="/runs")

STAGES = ("queued", "gathering", "analyzing", "notifying")
# Whether the text left this service, where a Run ended without a verdict.
NOT_JUDGED = {
    "inputs_failed": "Nothing was sent, as no Input could be read.",
    "llm_unavailable": "It was for a model that could not be asked.",
    "llm_invalid": "It was sent to a model, whose answer could not be used.",
    "budget_exhausted": "A budget is used up, so that it was sent to no model, or to no other.",
    "timeout": "Time ran out before there was a verdict; it may have been sent.",
    "lost": "The worker was lost before there was a verdict; it may have been sent.",
}
SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Stage:
    name: str
    state: Literal["done", "current", "coming"]


@blueprint.get("/<id:run_id>")
def show(run_id: int) -> str:
    """With `?q=` or `?line=` its text is searched, or opened there."""
    run = found(Run, run_id)
    previous, following = run.neighbours()
    page = "runs/show.html"
    return render_template(page, previous=previous, following=following, **_panel(run))


@blueprint.get("/<id:run_id>/run-panel")
def panel(run_id: int) -> str:
    return render_template("runs/_run-panel.html", **_panel(found(Run, run_id)))


@blueprint.get("/<id:run_id>/log-view")
def log_view(run_id: int) -> Response:
    """The text, searched or opened at another line; the page's address follows."""
    run, log = _found_log(run_id)
    response = make_response(render_template("runs/_log-view.html", run=run, log=log))
    query, line = log.query or None, request.args.get("line")
    response.headers["HX-Replace-Url"] = url_for(".show", run_id=run.id, q=query, line=line)
    return response


@blueprint.get("/<id:run_id>/log-lines")
def log_lines(run_id: int) -> str:
    """The lines that a longer text goes on with; `?more=earlier`: those before."""
    run, log = _found_log(run_id)
    way = "earlier" if request.args.get("more") == "earlier" else "later"
    return render_template("runs/_log-lines.html", run=run, log=log.only(way))


@blueprint.get("/<id:run_id>/message")
def message(run_id: int) -> str:
    """All that was sent to the model, word by word."""
    run = found(Run, run_id)
    sent = asked(run)
    if sent is None:
        raise NotFound(f"Run {run_id} sent nothing to a model, or what it sent was not kept.")
    return _page_or_fragment("message", run=run, asked=sent)


@blueprint.get("/<id:run_id>/raw")
def raw(run_id: int) -> str:
    """The window with every line as it was read."""
    run = found(Run, run_id)
    if run.raw_text is None:
        raise NotFound(f"Run {run_id} judged its window as it was read; there is no other.")
    return _page_or_fragment("raw", run=run)


@blueprint.get("/<id:run_id>/changes")
def show_changes(run_id: int) -> str:
    run, previous = found_with_previous(run_id)
    return _page_or_fragment("changes", run=run, changes=changes(previous, run))


@blueprint.get("/<id:run_id>/told")
def told(run_id: int) -> str:
    return _told(found(Run, run_id))


@blueprint.post("/<id:run_id>/notifications/<id:notification_id>/resend")
def resend(run_id: int, notification_id: int) -> BaseResponse | str:
    notification = found_notification(run_id, notification_id)
    jobs.resend(notification, current_app.extensions["doorbell"])
    if "HX-Request" in request.headers:
        return _told(notification.run)
    flash(f"It is sent to {notification.recipient} again.")
    return redirect(url_for(".show", run_id=run_id, _anchor="told"), 303)


def _panel(run: Run) -> dict[str, object]:
    # The text is long, and the panel shows it when it has ended: no poll before reads it.
    return {
        "run": run,
        "stages": _stages(run),
        "log": None if run.live else _log_of(run),
        "has_raw": not run.live and run.raw_text is not None,
        "compared_to": None if run.live else run.previous_ended(),
        "sent_to": _sent_to(run),
        "reused_is_kept": run.reused_from is not None and Run.get(run.reused_from) is not None,
        "by_fingerprint": {one.get("fingerprint"): one for one in run.findings},
        "not_judged": NOT_JUDGED.get(run.error_kind or ""),
        "told_every": _told_every(run, utc_now()),
    }


def _sent_to(run: Run) -> str | None:
    """The models that the text was for; None where it was for none."""
    if not could_ask(run):
        return None
    if run.llm_model != "builtin":
        return run.llm_model
    return ", ".join(dict.fromkeys(call["model"] for call in run.calls))


def _stages(run: Run) -> list[Stage]:
    """How far a live Run has come; a worker that just took it is about to gather."""
    reached = 0 if run.status == "queued" else STAGES.index(run.stage or "gathering")
    return [
        Stage(name, "done" if place < reached else "current" if place == reached else "coming")
        for place, name in enumerate(STAGES)
    ]


def _told(run: Run) -> str:
    return render_template("runs/_told.html", run=run, told_every=_told_every(run, utc_now()))


def _told_every(run: Run, now: datetime) -> str | None:
    """How often to look what became of its Notifications; None where none is on its way."""
    due = [one.due_at for one in run.notifications if one.status == "pending"]
    if run.live or not due:
        return None
    return "2s" if min(due) <= now + SOON else "30s"


def _found_log(run_id: int) -> tuple[Run, LogView]:
    run = found(Run, run_id)
    log = _log_of(run)
    if log is None:
        raise NotFound(f"Run {run_id} has no text: none was gathered, or not yet.")
    return run, log


def _log_of(run: Run) -> LogView | None:
    # A line that is no number, or beyond the end, is no reason to show nothing.
    return view_of_run(run, text_argument("q"), request.args.get("line", type=int))


def _page_or_fragment(name: str, **values: object) -> str:
    """The fragment for htmx, else the page around it."""
    page = f"_{name}.html" if "HX-Request" in request.headers else f"{name}.html"
    return render_template(f"runs/{page}", **values)
