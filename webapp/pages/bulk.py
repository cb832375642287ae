from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from webapp.bulk import carry_out
from webapp.clock import utc_now
from webapp.models import Monitor
from webapp.pages.filters import count
from webapp.schemas import BulkIn, BulkOut, Invalid, validate

blueprint = Blueprint("bulk", __name__, url_prefix="/monitors/bulk")

# What the address of the overview may say.
ASKED = ("q", "status", "target_id", "tag", "sort", "page")
# What is said of those that it was done with.
DONE = {
    "run": "run now",
    "pause": "paused",
    "resume": "resumed",
    "mute": "muted",
    "unmute": "no longer muted",
    "tag": "tagged “{tag}”",
    "untag": "no longer tagged “{tag}”",
    "delete": "deleted, with their Runs",
}


@blueprint.post("")
def change() -> Response | str:
    """One thing with all that are selected, then back; deleting is asked about first."""
    sent = _sent()
    if sent.action == "delete" and "sure" not in request.form:
        return render_template(
            "monitors/delete-many.html",
            monitors=Monitor.some(sent.ids),
            back=request.form.get("back", ""),
            kept=url_for("home.index", **_back()),
        )
    out = carry_out(sent, utc_now(), current_app.extensions["doorbell"])
    for sentence in _told(sent, out):
        flash(sentence)
    # In place it is the overview alone, so that who has selected and scrolled stays there.
    page = "home.overview" if "HX-Request" in request.headers else "home.index"
    return redirect(url_for(page, **_back()), 303)


def _sent() -> BulkIn:
    """Raises BadRequest."""
    form = request.form
    values: dict[str, Any] = {name: form.get(name) or None for name in ("seconds", "tag")}
    try:
        return validate(BulkIn, {"ids": form.getlist("ids"), "action": form.get("action")} | values)
    except Invalid as invalid:
        if not form.getlist("ids"):
            raise BadRequest("Nothing was changed, as no Monitor was selected.") from None
        raise BadRequest(f"Nothing was changed: {invalid.errors[0].message}") from None


def _back() -> dict[str, Any]:
    """What the overview was asked for, by the query of its address then; it judges that itself."""
    asked = dict(parse_qsl(request.form.get("back", "")))
    return {name: asked[name] for name in ASKED if name in asked}


def _told(sent: BulkIn, out: BulkOut) -> list[str]:
    done = count(len(out.done), "Monitor")
    told = [f"{done}: {DONE[sent.action].format(tag=sent.tag)}."] if out.done else []
    if out.missing:
        told.append(f"{count(len(out.missing), 'Monitor')} had been deleted before.")
    told += [f"Monitor {id_} was left as it is: {why}" for id_, why in out.refused.items()]
    return told
