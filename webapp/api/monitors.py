from flask import current_app, url_for

from webapp.api.endpoint import Answer, endpoint
from webapp.api.lists import Page, page_of
from webapp.api.sent import sent_json
from webapp.bulk import carry_out
from webapp.clock import utc_now
from webapp.found import found
from webapp.models import Monitor
from webapp.schemas import BulkIn, BulkOut, MonitorIn, MonitorOut, Silence, validate


@endpoint("GET", "/monitors", "List the Monitors", query=Page, answers={200: list[MonitorOut]})
def list_monitors(query: Page) -> Answer:
    return page_of(Monitor, query)


@endpoint("POST", "/monitors", "Create a Monitor", body=MonitorIn, answers={201: MonitorOut})
def create_monitor() -> Answer:
    monitor = Monitor.create(validate(MonitorIn, sent_json()), utc_now())
    return Answer(monitor, 201, {"Location": url_for(".show_monitor", monitor_id=monitor.id)})


@endpoint("GET", "/monitors/<id:monitor_id>", "Show a Monitor", answers={200: MonitorOut})
def show_monitor(monitor_id: int) -> Answer:
    return Answer(found(Monitor, monitor_id))


@endpoint(
    "PUT PATCH",
    "/monitors/<id:monitor_id>",
    "Change what is named of a Monitor",
    body=MonitorIn,
    answers={200: MonitorOut},
)
def change_monitor(monitor_id: int) -> Answer:
    monitor = found(Monitor, monitor_id)
    monitor.change(sent_json(), utc_now())
    return Answer(monitor)


@endpoint(
    "DELETE",
    "/monitors/<id:monitor_id>",
    "Delete a Monitor and its Run history",
    answers={204: None},
)
def delete_monitor(monitor_id: int) -> Answer:
    found(Monitor, monitor_id).delete()
    return Answer(None, 204)


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/pause",
    "Do not run a Monitor until it is resumed",
    answers={200: MonitorOut},
)
def pause_monitor(monitor_id: int) -> Answer:
    monitor = found(Monitor, monitor_id)
    monitor.pause()
    return Answer(monitor)


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/resume",
    "Run a paused Monitor on its schedule again",
    answers={200: MonitorOut},
)
def resume_monitor(monitor_id: int) -> Answer:
    monitor = found(Monitor, monitor_id)
    monitor.resume(utc_now())
    return Answer(monitor)


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/mute",
    "Run a Monitor, but tell nobody, for a time or until it is unmuted",
    query=Silence,
    answers={200: MonitorOut},
)
def mute_monitor(monitor_id: int, query: Silence) -> Answer:
    monitor = found(Monitor, monitor_id)
    now = utc_now()
    monitor.mute(now, query.until(now))
    return Answer(monitor)


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/unmute",
    "Tell of a Monitor's Runs again",
    answers={200: MonitorOut},
)
def unmute_monitor(monitor_id: int) -> Answer:
    monitor = found(Monitor, monitor_id)
    monitor.unmute()
    return Answer(monitor)


@endpoint(
    "POST",
    "/monitors/bulk",
    "Do one thing with many Monitors",
    body=BulkIn,
    answers={200: BulkOut},
)
def change_monitors() -> Answer:
    doorbell = current_app.extensions["doorbell"]
    return Answer(carry_out(validate(BulkIn, sent_json()), utc_now(), doorbell))
