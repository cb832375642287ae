from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.forms import LogSourceForm, TargetForm
from webapp.found import found
from webapp.models import InUse, Target
from webapp.models.uses import (
    log_sources_by_target,
    log_sources_on,
    number_on_target,
    states_by_target,
    users_of_target,
)
from webapp.pages.again import changed_by, refuse
from webapp.pages.arguments import id_argument, text_argument
from webapp.pages.bad_count import BadCount
from webapp.pages.listing import SHOWN, listing
from webapp.pipeline.look import TargetCheck, approve_key, look_at
from webapp.pipeline.offers import offers_on
from webapp.schemas import Invalid, TargetIn, validate

blueprint = Blueprint("targets", __name__, url_prefix="/targets")
# The views that take the form.
SENT_TO = ("create", "change", "test_draft")


@blueprint.get("")
def index() -> str:
    """With `?q=` those that have every word of it."""
    return render_template(
        "targets/index.html",
        listing=listing(Target),
        log_sources=log_sources_by_target(),
        states=states_by_target(),
    )


@blueprint.get("/new")
def new() -> str:
    return _form(TargetForm())


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    form = TargetForm()
    try:
        target = Target.create(validate(TargetIn, form.to_payload()))
    except Invalid as invalid:
        form.show(invalid)
        return _form(form), 422
    flash(f"Target “{target.name}” is saved.")
    return _to(target)


@blueprint.post("/test")
def test_draft() -> str | tuple[str, int]:
    """Uses what stands in the form and saves nothing; with `?target_id=` it is that Target's."""
    form, target_id = TargetForm(), id_argument("target_id")
    target = found(Target, target_id) if target_id else None
    try:
        check = look_at(validate(TargetIn, form.to_payload()), current_app.extensions["settings"])
    except Invalid as invalid:
        form.show(invalid)
        return _form(form, target), 422
    return _form(form, target, check)


@blueprint.get("/target-offered")
def target_offered() -> str:
    """Those that a form offers for what is typed in it."""
    field = LogSourceForm().target
    field.offer(text_argument("target"))
    return render_template("targets/_target-offered.html", field=field)


@blueprint.get("/<id:target_id>")
def show(target_id: int) -> str:
    return _page(found(Target, target_id))


@blueprint.post("/<id:target_id>/test")
def test(target_id: int) -> str:
    """Uses it now; the fragment for htmx, else the page around it."""
    target = found(Target, target_id)
    return _tested(target, look_at(target, current_app.extensions["settings"]))


@blueprint.post("/<id:target_id>/host-key")
def approve_host_key(target_id: int) -> str:
    """Trusts the key that was shown, and uses it; answers as the test does."""
    target, fingerprint = found(Target, target_id), request.form.get("fingerprint", "")
    settings = current_app.extensions["settings"]
    return _tested(target, approve_key(target, fingerprint, settings))


@blueprint.get("/<id:target_id>/edit")
def edit(target_id: int) -> str:
    target = found(Target, target_id)
    return _form(TargetForm.of(target), target)


@blueprint.post("/<id:target_id>")
def change(target_id: int) -> Response | tuple[str, int]:
    target = found(Target, target_id)
    form = TargetForm()
    try:
        target.change(form.to_payload())
    except Invalid as invalid:
        form.show(invalid)
        return _form(form, target), 422
    flash(f"Target “{target.name}” is changed.")
    return _to(target)


@blueprint.get("/<id:target_id>/delete")
def confirm_delete(target_id: int) -> str:
    return render_template("targets/delete.html", target=found(Target, target_id))


@blueprint.post("/<id:target_id>/delete")
def delete(target_id: int) -> Response | tuple[str, int]:
    target = found(Target, target_id)
    try:
        target.delete()
    except InUse as refusal:
        return render_template("targets/delete.html", target=target, refusal=refusal), 409
    flash(f"Target “{target.name}” is deleted.")
    return redirect(url_for("targets.index"), 303)


@blueprint.get("/<id:target_id>/offers")
def offers(target_id: int) -> str:
    """Lists for a form that names something to read there."""
    target = found(Target, target_id)
    offered = offers_on(target, current_app.extensions["settings"])
    return render_template("targets/_offers.html", offered=offered)


def again(code: int, sentence: str) -> str:
    """The form as it was sent, with the sentence on top."""
    form = TargetForm()
    refuse(form, code, sentence)
    target = changed_by(form, code, "target_id")
    return render_template("targets/form.html", form=form, target=target, bad_count=BadCount)


def _tested(target: Target, check: TargetCheck) -> str:
    if "HX-Request" in request.headers:
        return render_template("targets/_test.html", check=check, saved=target)
    return _page(target, check)


def _page(target: Target, check: TargetCheck | None = None) -> str:
    """With the Monitors that read it, through a LogSource or by themselves."""
    log_sources = log_sources_on(target.id, SHOWN + 1)
    return render_template(
        "targets/show.html",
        target=target,
        users=users_of_target(target.id, SHOWN),
        number=number_on_target(target.id),
        log_sources=log_sources[:SHOWN],
        more_log_sources=len(log_sources) > SHOWN,
        check=check,
        saved=target,
    )


def _form(form: TargetForm, target: Target | None = None, check: TargetCheck | None = None) -> str:
    return render_template("targets/form.html", form=form, target=target, check=check)


def _to(target: Target) -> Response:
    return redirect(url_for("targets.show", target_id=target.id), 303)
