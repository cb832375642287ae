from typing import get_args

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from webapp.clock import utc_now
from webapp.forms.base import or_none
from webapp.forms.note import NoteForm
from webapp.found import found, found_note
from webapp.models import Monitor, Note, PastFinding, Run
from webapp.pages.arguments import id_argument, one_of
from webapp.schemas import Invalid, validate
from webapp.schemas.note import NoteIn, NoteKind

blueprint = Blueprint("notes", __name__, url_prefix="/monitors/<id:monitor_id>/notes")

KINDS = get_args(NoteKind)


@blueprint.get("")
def index(monitor_id: int) -> str:
    monitor = found(Monitor, monitor_id)
    notes, now = Note.of(monitor_id), utc_now()
    return render_template("notes/index.html", monitor=monitor, notes=notes, now=now)


@blueprint.get("/new")
def new(monitor_id: int) -> str:
    """Of the finding whose `?fingerprint=` is named, or of the Run `?run_id=` that missed one.

    With `?kind=missed` the finding is no noise, but should have been an alert.
    """
    monitor = found(Monitor, monitor_id)
    fingerprint = request.args.get("fingerprint") or None
    kind = one_of("kind", KINDS) or ("noise" if fingerprint else "missed")
    fields = {"kind": kind, "fingerprint": fingerprint, "run_id": id_argument("run_id")}
    return _form(monitor, NoteForm.of(fields))


@blueprint.post("")
def create(monitor_id: int) -> Response | tuple[str, int]:
    monitor, form = found(Monitor, monitor_id), NoteForm()
    try:
        Note.create(monitor_id, validate(NoteIn, form.to_payload()), utc_now())
    except Invalid as invalid:
        form.show(invalid)
        return _form(monitor, form), 422
    flash("It is noted, and holds from the next Run on.")
    return redirect(url_for(".index", monitor_id=monitor_id), 303)


@blueprint.get("/<id:note_id>/edit")
def edit(monitor_id: int, note_id: int) -> str:
    monitor, note = found(Monitor, monitor_id), found_note(monitor_id, note_id)
    names = NoteIn.model_fields
    return _form(monitor, NoteForm.of({name: getattr(note, name) for name in names}), note)


@blueprint.post("/<id:note_id>")
def change(monitor_id: int, note_id: int) -> Response | tuple[str, int]:
    monitor, note, form = found(Monitor, monitor_id), found_note(monitor_id, note_id), NoteForm()
    try:
        note.change(form.to_payload(), utc_now())
    except Invalid as invalid:
        form.show(invalid)
        return _form(monitor, form, note), 422
    flash("The note is changed.")
    return redirect(url_for(".index", monitor_id=monitor_id), 303)


@blueprint.post("/<id:note_id>/delete")
def delete(monitor_id: int, note_id: int) -> Response:
    found_note(monitor_id, note_id).delete()
    flash("The note is deleted, and holds no longer.")
    return redirect(url_for(".index", monitor_id=monitor_id), 303)


def _form(monitor: Monitor, form: NoteForm, note: Note | None = None) -> str:
    fingerprint = form.fingerprint.data
    past = PastFinding.of(monitor.id, [fingerprint]).get(fingerprint) if fingerprint else None
    if fingerprint and past is None and not form.refused:
        raise BadRequest(f"Monitor {monitor.id} had no finding with this fingerprint.")
    _let_go_of_a_run_that_is_gone(monitor, form)
    return render_template("notes/form.html", monitor=monitor, form=form, note=note, finding=past)


def _let_go_of_a_run_that_is_gone(monitor: Monitor, form: NoteForm) -> None:
    """Nobody could correct the field, which is hidden; where it was sent, its error says so."""
    run_id = or_none(form.run)
    run = Run.get(int(run_id)) if run_id and run_id.isdecimal() else None
    if run is None or run.monitor_id != monitor.id:
        form.run.data = None
