from flask import (
    Blueprint,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from webapp import jobs
from webapp.clock import utc_now
from webapp.forms.monitor import NOTIFY_ON
from webapp.found import found
from webapp.models import Monitor
from webapp.pages.arguments import SILENCES, choice_argument, choice_arguments, silence_sent
from webapp.pages.now import Now
from webapp.pages.past import Asked, Pages, Past

blueprint = Blueprint("monitors", __name__, url_prefix="/monitors")

RUNS_ON_A_PAGE = 25
# On the page of a Monitor itself, which shows more than them.
RECENT_RUNS = 10
TOLD_ABOUT = {name: label.lower() for name, label in NOTIFY_ON.items()}
HIDDEN = {"card": "card numbers", "email": "e-mail addresses", "ip": "IP addresses"}


@blueprint.get("")
def index() -> Response:
    """The overview lists them; a script gets them here."""
    return redirect(url_for("home.index", **choice_arguments(choice_argument())))


@blueprint.get("/<id:monitor_id>")
def show(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    now = utc_now()
    return render_template(
        "monitors/show.html",
        monitor=monitor,
        stands=Now.of(monitor, now),
        past=Past.of(monitor, now, RECENT_RUNS),
        silences=SILENCES,
        notify_on=TOLD_ABOUT,
        hidden=["secrets", *(HIDDEN[kind] for kind in monitor.privacy_config["redact"])],
    )


@blueprint.get("/<id:monitor_id>/now")
def now(monitor_id: int) -> Response:
    """Nothing where it still stands as whoever asks has `seen` it."""
    stands = Now.of(found(Monitor, monitor_id), utc_now())
    if request.args.get("seen") == stands.version:
        return make_response("", 204)
    return _stands(stands)


@blueprint.get("/<id:monitor_id>/history")
def history(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    past = Past.of(monitor, utc_now(), RECENT_RUNS)
    return render_template("monitors/_history.html", monitor=monitor, past=past)


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
    """One that is under way already stays the only one, and that is said."""
    monitor = found(Monitor, monitor_id)
    before = monitor.latest_run()
    run_id = jobs.start(monitor.id, "manual", current_app.extensions["doorbell"])
    already = before is not None and before.id == run_id
    return _watched(monitor, already) or _to_run(run_id, already)


@blueprint.post("/<id:monitor_id>/pause")
def pause(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    monitor.pause()
    return _watched(monitor) or _to(monitor)


@blueprint.post("/<id:monitor_id>/resume")
def resume(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    monitor.resume(utc_now())
    return _watched(monitor) or _to(monitor)


@blueprint.post("/<id:monitor_id>/mute")
def mute(monitor_id: int) -> Response:
    """For `seconds` of the form, or until it is unmuted."""
    monitor = found(Monitor, monitor_id)
    now = utc_now()
    monitor.mute(now, silence_sent().until(now))
    return _watched(monitor) or _to(monitor)


@blueprint.post("/<id:monitor_id>/unmute")
def unmute(monitor_id: int) -> Response:
    monitor = found(Monitor, monitor_id)
    monitor.unmute()
    return _watched(monitor) or _to(monitor)


@blueprint.get("/<id:monitor_id>/runs")
def runs(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    pages = Pages("monitors.runs", monitor.id, Asked.by_address())
    filters = [
        pages.by_time(),
        pages.by_status(),
        pages.by_trigger(),
        pages.by_correction(),
    ]
    listed = pages.page(utc_now(), RUNS_ON_A_PAGE, filters)
    return render_template("monitors/runs.html", monitor=monitor, listed=listed)


@blueprint.get("/<id:monitor_id>/runs/latest")
def latest_run(monitor_id: int) -> Response:
    run = found(Monitor, monitor_id).latest_run()
    if run is None:
        raise NotFound(f"Monitor {monitor_id} has no Run yet.")
    return redirect(url_for("runs.show", run_id=run.id))


def _watched(monitor: Monitor, already: bool = False) -> Response | None:
    """How it stands now, for a page that is watched and not left; None without htmx."""
    if "HX-Request" not in request.headers:
        return None
    return _stands(Now.of(monitor, utc_now()), already)


def _stands(stands: Now, already: bool = False) -> Response:
    """The rest of the page listens for this event, and looks at its Runs again."""
    page = render_template(
        "monitors/_now.html",
        monitor=stands.monitor,
        stands=stands,
        silences=SILENCES,
        already=already,
    )
    response = make_response(page)
    response.headers["HX-Trigger"] = "monitor-moved"
    return response


def _to_run(run_id: int, already: bool) -> Response:
    if already:
        flash(f"Run {run_id} was under way already, so no second one was begun.")
    return redirect(url_for("runs.show", run_id=run_id), 303)


def _to(monitor: Monitor) -> Response:
    return redirect(url_for("monitors.show", monitor_id=monitor.id), 303)
