from flask import current_app, url_for

from webapp.api.endpoint import Answer, endpoint
from webapp.api.lists import Page, page_of
from webapp.api.sent import sent_json
from webapp.found import found
from webapp.models import LogSource
from webapp.pipeline.run import read_now
from webapp.schemas import LogSourceIn, LogSourceOut, LogSourceTestOut, validate


@endpoint(
    "GET", "/log-sources", "List the LogSources", query=Page, answers={200: list[LogSourceOut]}
)
def list_log_sources(query: Page) -> Answer:
    return page_of(LogSource, query)


@endpoint(
    "POST", "/log-sources", "Create a LogSource", body=LogSourceIn, answers={201: LogSourceOut}
)
def create_log_source() -> Answer:
    source = LogSource.create(validate(LogSourceIn, sent_json()))
    address = url_for(".show_log_source", log_source_id=source.id)
    return Answer(source, 201, {"Location": address})


@endpoint("GET", "/log-sources/<id:log_source_id>", "Show a LogSource", answers={200: LogSourceOut})
def show_log_source(log_source_id: int) -> Answer:
    return Answer(found(LogSource, log_source_id))


@endpoint(
    "PUT PATCH",
    "/log-sources/<id:log_source_id>",
    "Change what is named of a LogSource",
    body=LogSourceIn,
    answers={200: LogSourceOut},
)
def change_log_source(log_source_id: int) -> Answer:
    source = found(LogSource, log_source_id)
    source.change(sent_json())
    return Answer(source)


@endpoint(
    "DELETE",
    "/log-sources/<id:log_source_id>",
    "Delete a LogSource that no Monitor uses",
    answers={204: None},
)
def delete_log_source(log_source_id: int) -> Answer:
    found(LogSource, log_source_id).delete()
    return Answer(None, 204)


@endpoint(
    "POST",
    "/log-sources/<id:log_source_id>/test",
    "Read a LogSource now: its last lines, or why that failed",
    answers={200: LogSourceTestOut},
)
def read_log_source(log_source_id: int) -> Answer:
    source = found(LogSource, log_source_id)
    return Answer(read_now(source, current_app.extensions["settings"]))
