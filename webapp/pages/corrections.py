from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from webapp.clock import utc_now
from webapp.forms.note import SaidForm
from webapp.found import found, found_correction
from webapp.models import FalseAlarm, Run
from webapp.models.false_alarm import sorted_out
from webapp.pages.filters import count
from webapp.schemas import Invalid, validate
from webapp.schemas.correction import FalseAlarmIn

blueprint = Blueprint("corrections", __name__, url_prefix="/runs/<id:run_id>")


@blueprint.get("/false-alarm")
def new(run_id: int) -> str:
    return _form(found(Run, run_id), SaidForm())


@blueprint.post("/false-alarm")
def create(run_id: int) -> Response | tuple[str, int]:
    run, form = found(Run, run_id), SaidForm()
    try:
        said = FalseAlarm.of(run, validate(FalseAlarmIn, form.to_payload()), utc_now())
    except Invalid as invalid:
        form.show(invalid)
        return _form(run, form), 422
    noted = f"; {count(len(said.notes), 'note')} made of it" if said.notes else ""
    flash(f"The Run is marked as a false alarm{noted}.")
    return _to(run_id)


@blueprint.post("/corrections/<id:correction_id>/delete")
def take_back(run_id: int, correction_id: int) -> Response:
    found_correction(run_id, correction_id).take_back()
    flash("It is taken back, with its notes.")
    return _to(run_id)


def _form(run: Run, form: SaidForm) -> str:
    noise, left_out = sorted_out(run, utc_now())
    return render_template(
        "runs/false-alarm.html", run=run, form=form, noise=noise, left_out=left_out
    )


def _to(run_id: int) -> Response:
    return redirect(url_for("runs.show", run_id=run_id), 303)
