from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.forms import LogSourceForm, MonitorForm
from webapp.found import found
from webapp.models import InUse, LogSource
from webapp.models.uses import number_on_log_source, states_by_log_source, users_of_log_source
from webapp.pages.again import changed_by, refuse
from webapp.pages.arguments import id_argument, text_argument
from webapp.pages.authoring import GRACE_SECONDS
from webapp.pages.bad_count import BadCount
from webapp.pages.listing import SHOWN, listing
from webapp.pipeline.run import read_now
from webapp.pipeline.values import Reading
from webapp.schemas import Invalid, LogSourceIn, validate

blueprint = Blueprint("log_sources", __name__, url_prefix="/log-sources")
# The views that take the form.
SENT_TO = ("create", "change", "test_draft")


@blueprint.get("")
def index() -> str:
    """With `?q=` those that have every word of it."""
    return render_template(
        "log_sources/index.html", listing=listing(LogSource), states=states_by_log_source()
    )


@blueprint.get("/new")
def new() -> str:
    """With `?target_id=` it stands on that Target already."""
    return _form(_offering(LogSourceForm.blank(id_argument("target_id"))))


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    form = _offering(LogSourceForm())
    try:
        source = LogSource.create(validate(LogSourceIn, form.to_payload()))
    except Invalid as invalid:
        form.show(invalid)
        return _form(form), 422
    flash(f"LogSource “{source.name}” is saved. Test it to see its last lines.")
    return _to(source)


@blueprint.post("/test")
def test_draft() -> str | tuple[str, int]:
    """Reads what stands in the form and saves nothing; with `?log_source_id=` it is that one's."""
    form, source_id = _offering(LogSourceForm()), id_argument("log_source_id")
    source = found(LogSource, source_id) if source_id else None
    try:
        draft = validate(LogSourceIn, form.to_payload())
        reading = read_now(draft, current_app.extensions["settings"])
    except Invalid as invalid:
        form.show(invalid)
        return _form(form, source), 422
    return _form(form, source, reading)


@blueprint.get("/offers")
def offers() -> Response | tuple[str, int]:
    """What can be read on the Target that the form names; nothing where it names none."""
    form = _offering(LogSourceForm(target=request.args.get("target")))
    if form.target.chosen is None:
        return "", 204
    return redirect(url_for("targets.offers", target_id=form.target.chosen))


@blueprint.get("/log-source-offered")
def log_source_offered() -> str:
    """Those that a form offers for what is typed in it."""
    field = MonitorForm(()).log_source
    field.offer(text_argument("log_source"))
    return render_template("log_sources/_log-source-offered.html", field=field)


@blueprint.get("/<id:log_source_id>")
def show(log_source_id: int) -> str:
    return _page(found(LogSource, log_source_id))


@blueprint.post("/<id:log_source_id>/test")
def test(log_source_id: int) -> str:
    """Reads it now and keeps nothing; the fragment for htmx, else the page around it."""
    source = found(LogSource, log_source_id)
    reading = read_now(source, current_app.extensions["settings"])
    if "HX-Request" in request.headers:
        return render_template("log_sources/_reading.html", reading=reading)
    return _page(source, reading)


@blueprint.get("/<id:log_source_id>/edit")
def edit(log_source_id: int) -> str:
    source = found(LogSource, log_source_id)
    return _form(_offering(LogSourceForm.of(source)), source)


@blueprint.post("/<id:log_source_id>")
def change(log_source_id: int) -> Response | tuple[str, int]:
    source = found(LogSource, log_source_id)
    form = _offering(LogSourceForm())
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


def again(code: int, sentence: str) -> str:
    """The form as it was sent, with the sentence on top."""
    form = LogSourceForm()
    refuse(form, code, sentence)
    return render_template(
        "log_sources/form.html",
        form=form,
        log_source=changed_by(form, code, "log_source_id"),
        patience_seconds=_patience(),
        bad_count=BadCount,
    )


def _offering(form: LogSourceForm) -> LogSourceForm:
    """With the Targets that may be picked, by which alone the form knows them by their names."""
    form.offer()
    return form


def _page(source: LogSource, reading: Reading | None = None) -> str:
    return render_template(
        "log_sources/show.html",
        log_source=source,
        patience_seconds=_patience(),
        users=users_of_log_source(source.id, SHOWN),
        number=number_on_log_source(source.id),
        reading=reading,
    )


def _form(
    form: LogSourceForm, source: LogSource | None = None, reading: Reading | None = None
) -> str:
    return render_template(
        "log_sources/form.html",
        form=form,
        log_source=source,
        reading=reading,
        patience_seconds=_patience(),
    )


def _patience() -> int:
    """How long a browser waits for a test, so that it gets the sentence that says "timed out"."""
    seconds: int = current_app.extensions["settings"].command_timeout_seconds
    return seconds + GRACE_SECONDS


def _to(source: LogSource) -> Response:
    return redirect(url_for("log_sources.show", log_source_id=source.id), 303)
