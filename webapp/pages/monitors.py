from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from webapp import jobs
from webapp.clock import utc_now
from webapp.forms.monitor import NOTIFY_ON
from webapp.found import found
from webapp.models import Monitor, Run
from webapp.models.run import DONE
from webapp.pages.arguments import choice_argument, choice_arguments, id_argument, silence_sent
from webapp.pages.standing import Standing

blueprint = Blueprint("monitors", __name__, url_prefix="/monitors")

RUNS_ON_A_PAGE = 25
TOLD_ABOUT = {name: label.lower() for name, label in NOTIFY_ON.items()}


@blueprint.get("")
def index() -> Response:
    """The overview lists them; a script gets them here."""
    return redirect(url_for("home.index", **choice_arguments(choice_argument())))


@blueprint.get("/<id:monitor_id>")
def show(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    (standing,) = Standing.of_all([monitor])
    return render_template(
        "monitors/show.html",
        standing=standing,
        monitor=monitor,
        notify_on=TOLD_ABOUT,
        **_runs_before(monitor),
    )


@blueprint.get("/<id:monitor_id>/delete")
def confirm_delete(monitor_id: int) -> str:
    return render_template("monitors/delete.html", monitor=found(Monitor, monitor_id))


@blueprint.post("/<id:monitor_id>/delete")
def delete(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    monitor.delete()
    flash(f"Monitor “{monitor.name}” is deleted, with its Runs.")
    return redirect(url_for("home.index"), 303)


@blueprint.post("/<id:monitor_id>/run-once")
def run_once(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    run_id = jobs.start(monitor.id, "manual", current_app.extensions["doorbell"])
    return redirect(url_for("runs.show", run_id=run_id), 303)


@blueprint.post("/<id:monitor_id>/pause")
def pause(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    monitor.pause()
    return _to(monitor)


@blueprint.post("/<id:monitor_id>/resume")
def resume(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    monitor.resume(utc_now())
    return _to(monitor)


@blueprint.post("/<id:monitor_id>/mute")
def mute(monitor_id: int) -> Response:
    """For `seconds` of the form, or until it is unmuted."""
    monitor = found(Monitor, monitor_id)
    now = utc_now()
    monitor.mute(now, silence_sent().until(now))
    return _to(monitor)


@blueprint.post("/<id:monitor_id>/unmute")
def unmute(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    monitor.unmute()
    return _to(monitor)


@blueprint.get("/<id:monitor_id>/runs")
def runs(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    return render_template("monitors/runs.html", monitor=monitor, **_runs_before(monitor))


@blueprint.get("/<id:monitor_id>/runs/latest")
def latest_run(monitor_id: int) -> Response:
    run = found(Monitor, monitor_id).latest_run()
    if run is None:
        raise NotFound(f"Monitor {monitor_id} has no Run yet.")
    return redirect(url_for("runs.show", run_id=run.id))


def _runs_before(monitor: Monitor) -> dict[str, object]:
    """A page of its Runs, newest first; `older` is where the next one begins."""
    status = request.args.get("status") or None
    if status not in (None, *DONE):
        raise BadRequest(f"“status” must be one of {', '.join(DONE)}.")
    before = id_argument("before")
    runs = Run.history(monitor.id, RUNS_ON_A_PAGE + 1, before, status)
    older = runs[RUNS_ON_A_PAGE - 1].id if len(runs) > RUNS_ON_A_PAGE else None
    return {
        "runs": runs[:RUNS_ON_A_PAGE],
        "older": older,
        "before": before,
        "status": status,
        "statuses": DONE,
    }


def _to(monitor: Monitor) -> Response:
    return redirect(url_for("monitors.show", monitor_id=monitor.id), 303)
