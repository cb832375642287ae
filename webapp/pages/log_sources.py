from collections import Counter

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.forms import LogSourceForm
from webapp.found import found
from webapp.models import InUse, LogSource, Monitor, Target
from webapp.pages.arguments import id_argument
from webapp.pipeline.run import read_now
from webapp.schemas import Invalid, LogSourceIn, validate

blueprint = Blueprint("log_sources", __name__, url_prefix="/log-sources")


@blueprint.get("")
def index() -> str:
    return render_template(
        "log_sources/index.html",
        log_sources=LogSource.all(),
        monitors=Counter(monitor.log_source_id for monitor in Monitor.all()),
    )


@blueprint.get("/new")
def new() -> str:
    """With `?target_id=` it stands on that Target already."""
    return _form(LogSourceForm.blank(id_argument("target_id")))


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    form = LogSourceForm()
    try:
        source = LogSource.create(validate(LogSourceIn, form.to_payload()))
    except Invalid as invalid:
        form.show(invalid)
        return _form(form), 422
    flash(f"LogSource “{source.name}” is saved. Test it to see its last lines.")
    return _to(source)


@blueprint.get("/<id:log_source_id>")
def show(log_source_id: int) -> str:
    source = found(LogSource, log_source_id)
    return render_template("log_sources/show.html", log_source=source, reading=None)


@blueprint.post("/<id:log_source_id>/test")
def test(log_source_id: int) -> str:
    """Reads it now and keeps nothing; the fragment for htmx, else the page around it."""
    source = found(LogSource, log_source_id)
    reading = read_now(source, current_app.extensions["settings"])
    page = "_reading.html" if "HX-Request" in request.headers else "show.html"
    return render_template(f"log_sources/{page}", log_source=source, reading=reading)


@blueprint.get("/<id:log_source_id>/edit")
def edit(log_source_id: int) -> str:
    source = found(LogSource, log_source_id)
    return _form(LogSourceForm.of(source), source)


@blueprint.post("/<id:log_source_id>")
def change(log_source_id: int) -> Response | tuple[str, int]:
    source = found(LogSource, log_source_id)
    form = LogSourceForm()
    try:
        source.change(form.to_payload())
    except Invalid as invalid:
        form.show(invalid)
        return _form(form, source), 422
    flash(f"LogSource “{source.name}” is changed.")
    return _to(source)


@blueprint.get("/<id:log_source_id>/delete")
def confirm_delete(log_source_id: int) -> str:
    source = found(LogSource, log_source_id)
    return render_template("log_sources/delete.html", log_source=source)


@blueprint.post("/<id:log_source_id>/delete")
def delete(log_source_id: int) -> Response | tuple[str, int]:
    source = found(LogSource, log_source_id)
    try:
        source.delete()
    except InUse as refusal:
        page = render_template("log_sources/delete.html", log_source=source, refusal=refusal)
        return page, 409
    flash(f"LogSource “{source.name}” is deleted.")
    return redirect(url_for("log_sources.index"), 303)


def _form(form: LogSourceForm, source: LogSource | None = None) -> str:
    form.offer(Target.all())
    return render_template("log_sources/form.html", form=form, log_source=source)


def _to(source: LogSource) -> Response:
    return redirect(url_for("log_sources.show", log_source_id=source.id), 303)
