from flask import url_for

from webapp.api.endpoint import Answer, endpoint
from webapp.api.sent import sent_json
from webapp.clock import utc_now
from webapp.found import found, found_correction
from webapp.models import FalseAlarm, Run
from webapp.schemas import validate
from webapp.schemas.correction import FalseAlarmIn
from webapp.schemas.note import FalseAlarmOut


@endpoint(
    "POST",
    "/runs/<id:run_id>/false-alarm",
    "Say that a whole Run was a false alarm",
    body=FalseAlarmIn,
    answers={201: FalseAlarmOut},
)
def call_false_alarm(run_id: int) -> Answer:
    run = found(Run, run_id)
    said = FalseAlarm.of(run, validate(FalseAlarmIn, sent_json()), utc_now())
    return Answer(said, 201, {"Location": url_for(".show_run", run_id=run_id)})


@endpoint(
    "DELETE",
    "/runs/<id:run_id>/corrections/<id:correction_id>",
    "Take back what was said of a Run, with its notes",
    answers={204: None},
)
def take_back_correction(run_id: int, correction_id: int) -> Answer:
    found_correction(run_id, correction_id).take_back()
    return Answer(None, 204)
