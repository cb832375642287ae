from collections import Counter

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from webapp.forms import TargetForm
from webapp.found import found
from webapp.models import InUse, LogSource, Monitor, Target
from webapp.schemas import Invalid, TargetIn, validate

blueprint = Blueprint("targets", __name__, url_prefix="/targets")


@blueprint.get("")
def index() -> str:
    return render_template(
        "targets/index.html",
        targets=Target.all(),
        log_sources=Counter(source.target_id for source in LogSource.all()),
        monitors=Counter(monitor.target.id for monitor in Monitor.all()),
    )


@blueprint.get("/new")
def new() -> str:
    return render_template("targets/form.html", form=TargetForm(), target=None)


@blueprint.post("")
def create() -> Response | tuple[str, int]:
    form = TargetForm()
    try:
        target = Target.create(validate(TargetIn, form.to_payload()))
    except Invalid as invalid:
        form.show(invalid)
        return render_template("targets/form.html", form=form, target=None), 422
    flash(f"Target “{target.name}” is saved.")
    return _to(target)


@blueprint.get("/<id:target_id>")
def show(target_id: int) -> str:
    """With the Monitors that read it, through a LogSource or by themselves."""
    target = found(Target, target_id)
    monitors = [monitor for monitor in Monitor.all() if monitor.target.id == target.id]
    return render_template("targets/show.html", target=target, monitors=monitors)


@blueprint.get("/<id:target_id>/edit")
def edit(target_id: int) -> str:
    target = found(Target, target_id)
    return render_template("targets/form.html", form=TargetForm.of(target), target=target)


@blueprint.post("/<id:target_id>")
def change(target_id: int) -> Response | tuple[str, int]:
    target = found(Target, target_id)
    form = TargetForm()
    try:
        target.change(form.to_payload())
    except Invalid as invalid:
        form.show(invalid)
        return render_template("targets/form.html", form=form, target=target), 422
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


def _to(target: Target) -> Response:
    return redirect(url_for("targets.show", target_id=target.id), 303)
