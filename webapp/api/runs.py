import time
from datetime import datetime
from typing import Annotated

from flask import current_app, url_for
from pydantic import Field
from werkzeug.exceptions import NotFound

from webapp.api.endpoint import Answer, Text, endpoint
from webapp.api.lists import page
from webapp.clock import utc_now
from webapp.fields import Id, Strict, Whole
from webapp.found import found, found_notification, found_with_previous
from webapp.jobs import resend, start
from webapp.models import Measured, Monitor, Run
from webapp.models.lookup import look_anew
from webapp.models.measured import CHARTED
from webapp.pipeline.changes import changes
from webapp.schemas import ChangesOut, MeasuredOut, RunBrief, RunOut
from webapp.schemas.correction import CorrectionKind
from webapp.schemas.run import SPANS, NotificationOut, Span, Status, Trigger

LOOK_SECONDS = 0.2


class Past(Strict):
    """How far back is looked."""

    span: Span | None = Field(None, description="Only Runs of this span; default: all kept.")

    def since(self, now: datetime) -> datetime | None:
        return now - SPANS[self.span] if self.span else None


class History(Past):
    """Which Runs of a Monitor are asked for."""

    limit: Annotated[int, Whole(1, 200)] = Field(50, description="How many at most.")
    before: Id | None = Field(None, description="Only Runs older than this id.")
    status: Status | None = Field(None, description="Only Runs of this status.")
    trigger: Trigger | None = Field(None, description="Only Runs that began so.")
    corrected: CorrectionKind | None = Field(
        None, description="Only Runs of which somebody said so."
    )


class Patience(Strict):
    """How long a caller waits for a Run."""

    wait: Annotated[int, Whole(0, 60)] = Field(
        0, description="Seconds to wait for the Run to finish."
    )


@endpoint(
    "POST",
    "/monitors/<id:monitor_id>/run-once",
    "Run a Monitor now; a Run that is under way already is the answer",
    query=Patience,
    answers={200: RunOut, 202: RunOut},
)
def run_once(monitor_id: int, query: Patience) -> Answer:
    found(Monitor, monitor_id)
    run_id = start(monitor_id, "manual", current_app.extensions["doorbell"])
    run = _awaited(run_id, query.wait)
    return Answer(run, 202 if run.live else 200, {"Location": url_for(".show_run", run_id=run_id)})


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/runs",
    "List the Runs of a Monitor, newest first",
    query=History,
    answers={200: list[RunBrief]},
)
def list_runs(monitor_id: int, query: History) -> Answer:
    found(Monitor, monitor_id)
    runs = Run.history(
        monitor_id,
        query.limit + 1,
        query.before,
        query.status,
        query.trigger,
        query.since(utc_now()),
        query.corrected,
        whole=True,
    )
    return page(runs, query.limit, "before")


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/history",
    "List what the last 200 Runs of a Monitor took, oldest first",
    query=Past,
    answers={200: list[MeasuredOut]},
)
def list_history(monitor_id: int, query: Past) -> Answer:
    found(Monitor, monitor_id)
    return Answer(Measured.past(monitor_id, CHARTED, query.since(utc_now())))


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/runs/latest",
    "Show the newest Run of a Monitor",
    answers={200: RunOut},
)
def show_latest_run(monitor_id: int) -> Answer:
    run = found(Monitor, monitor_id).latest_run()
    if not run:
        raise NotFound(f"Monitor {monitor_id} has no Run yet.")
    return Answer(run)


@endpoint("GET", "/runs/<id:run_id>", "Show a Run", answers={200: RunOut})
def show_run(run_id: int) -> Answer:
    return Answer(found(Run, run_id))


@endpoint(
    "GET",
    "/runs/<id:run_id>/changes",
    "Show what changed since the Run before",
    answers={200: ChangesOut},
)
def show_changes(run_id: int) -> Answer:
    run, previous = found_with_previous(run_id)
    return Answer(changes(previous, run))


@endpoint(
    "GET",
    "/runs/<id:run_id>/logs.txt",
    "Download the text that a Run judged",
    answers={200: Text(("text/plain",))},
)
def download_logs(run_id: int) -> Answer:
    text = found(Run, run_id).logs_text
    if text is None:
        raise NotFound(f"Run {run_id} has no text: none was gathered, or not yet.")
    name = f"attachment; filename=run-{run_id}-logs.txt"
    kind = "text/plain; charset=utf-8"
    return Answer(text, headers={"Content-Type": kind, "Content-Disposition": name})


@endpoint(
    "POST",
    "/runs/<id:run_id>/notifications/<id:notification_id>/resend",
    "Send a Notification again, from its first attempt on",
    answers={202: NotificationOut},
)
def resend_notification(run_id: int, notification_id: int) -> Answer:
    notification = found_notification(run_id, notification_id)
    resend(notification, current_app.extensions["doorbell"])
    return Answer(notification, 202, {"Location": url_for(".show_run", run_id=run_id)})


def _awaited(run_id: int, seconds: int) -> Run:
    """The Run once it is finished, or as it is after so many seconds.

    Between two looks no connection is held.
    """
    deadline = time.monotonic() + seconds
    while True:
        run = found(Run, run_id)
        if not run.live or time.monotonic() >= deadline:
            return run
        look_anew()
        time.sleep(LOOK_SECONDS)
