"""What a Monitor would do: a preview and a try, before it is saved and after."""

from flask import current_app

from webapp.api.endpoint import Answer, endpoint
from webapp.api.sent import sent_json
from webapp.found import found
from webapp.models import Monitor
from webapp.pipeline.preview import preview, try_out
from webapp.schemas import MonitorIn, PreviewOut, TryOut, validate


@endpoint(
    "POST",
    "/monitors/preview",
    "Read the Inputs of a Monitor that is not saved, and show what would be sent",
    body=MonitorIn,
    answers={200: PreviewOut},
)
def preview_monitor() -> Answer:
    data = validate(MonitorIn, sent_json())
    return Answer(preview(data, current_app.extensions["settings"]))


@endpoint(
    "POST",
    "/monitors/try",
    "Read the Inputs of a Monitor that is not saved and have them judged; it is no Run",
    body=MonitorIn,
    answers={200: TryOut},
)
def try_monitor() -> Answer:
    data = validate(MonitorIn, sent_json())
    return Answer(try_out(data, current_app.extensions["settings"]))


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/preview",
    "Read the Inputs of a Monitor, and show what would be sent",
    answers={200: PreviewOut},
)
def preview_saved_monitor(monitor_id: int) -> Answer:
    data = MonitorIn.changed(found(Monitor, monitor_id), {})
    return Answer(preview(data, current_app.extensions["settings"], monitor_id))


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/try",
    "Read the Inputs of a Monitor and have them judged; it is no Run",
    answers={200: TryOut},
)
def try_saved_monitor(monitor_id: int) -> Answer:
    data = MonitorIn.changed(found(Monitor, monitor_id), {})
    return Answer(try_out(data, current_app.extensions["settings"], monitor_id))
