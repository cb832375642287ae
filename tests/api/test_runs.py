import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.api.making import make_monitor
from tests.conftest import BOTH_DATABASES
from tests.waiting import until
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Claim, Monitor, Run

MINUTE = timedelta(minutes=1)


def finish(run_id: int, verdict: str = "ok") -> None:
    """As a worker does."""
    claim = Claim.take(run_id, utc_now(), MINUTE)
    assert claim
    skipped = {"channel": "none", "status": "skipped", "error": "none", "due_at": utc_now()}
    claim.record_verdict([skipped, skipped], verdict=verdict, summary="Well.", report="All of it.")
    claim.finish(utc_now(), keep=200)


def finished_runs(client: FlaskClient, *verdicts: str) -> None:
    """Runs of a new Monitor 1, their ids counting from 1."""
    make_monitor(client)
    for number, verdict in enumerate(verdicts, 1):
        client.post("/monitors/1/run-once")
        finish(number, verdict)


def ids(runs: list[dict[str, object]]) -> list[object]:
    return [run["id"] for run in runs]


@BOTH_DATABASES
def test_run_once_queues_a_run_though_the_queue_is_down(client: FlaskClient) -> None:
    make_monitor(client)

    queued = client.post("/monitors/1/run-once")

    assert queued.status_code == 202
    assert queued.headers["Location"] == "/api/runs/1"
    assert queued.json == client.get("/runs/1").json
    assert queued.json == {
        "id": 1,
        "monitor_id": 1,
        "trigger": "manual",
        "status": "queued",
        "stage": None,
        "created_at": queued.json["created_at"],
        "started_at": None,
        "finished_at": None,
        "duration_ms": None,
        "summary": None,
        "report": None,
        "recommendations": [],
        "findings": [],
        "no_line_cited": False,
        "error": None,
        "inputs": [],
        "logs_text": None,
        "raw_text": None,
        "redactions": {},
        "llm": None,
        "window_note": None,
        "budget_note": None,
        "notifications": [],
        "corrections": [],
    }


def test_run_once_rings_for_a_worker(client: FlaskClient, app: Flask, valkey: str) -> None:
    make_monitor(client)

    client.post("/monitors/1/run-once")

    assert app.extensions["doorbell"].answer(1) == ("execute_run", 1)


def test_run_once_gives_the_run_that_is_under_way(client: FlaskClient) -> None:
    make_monitor(client)

    first = client.post("/monitors/1/run-once")
    second = client.post("/monitors/1/run-once")

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json == second.json


@BOTH_DATABASES
def test_many_run_once_at_once_are_one_run(app: Flask, client: FlaskClient) -> None:
    make_monitor(client)

    with ThreadPoolExecutor(10) as threads:
        calls = [threads.submit(app.test_client().post, "/monitors/1/run-once") for _ in range(50)]
        answers = [call.result() for call in calls]

    assert {(answer.status_code, answer.json["id"]) for answer in answers} == {(202, 1)}
    assert ids(client.get("/monitors/1/runs").json) == [1]


@BOTH_DATABASES
def test_run_once_waits_for_the_run_to_finish(app: Flask, client: FlaskClient) -> None:
    make_monitor(client)

    def work() -> None:
        with app.app_context():
            until(lambda: db.session.rollback() or Run.get(1))
            finish(1, "warn")

    worker = threading.Thread(target=work)
    worker.start()
    answer = client.post("/monitors/1/run-once?wait=30")
    worker.join()

    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["summary"]) == ("warn", "Well.")
    assert answer.json["report"] == "All of it."


def test_run_once_that_waits_in_vain_gives_the_run_as_it_is(client: FlaskClient) -> None:
    make_monitor(client)

    answer = client.post("/monitors/1/run-once?wait=1")

    assert (answer.status_code, answer.json["status"]) == (202, "queued")


def test_waiting_holds_no_connection(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    make_monitor(client)
    held = []

    def instead_of_sleeping(_seconds: float) -> None:
        held.append(db.engine.pool.checkedout())
        finish(1)

    # Only here can be seen what is held between two looks.
    monkeypatch.setattr("webapp.api.runs.time.sleep", instead_of_sleeping)
    answer = client.post("/monitors/1/run-once?wait=1")

    assert answer.status_code == 200
    assert held == [0]


@pytest.mark.parametrize("wait", ["-1", "61", "x", "1.5", ""])
def test_a_wait_out_of_bounds_is_refused_and_nothing_runs(client: FlaskClient, wait: str) -> None:
    make_monitor(client)

    refused = client.post(f"/monitors/1/run-once?wait={wait}")

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["wait"]
    assert client.get("/monitors/1/runs").json == []


@BOTH_DATABASES
def test_runs_are_listed_newest_first_without_their_long_texts(client: FlaskClient) -> None:
    finished_runs(client, "ok", "alert")

    listed = client.get("/monitors/1/runs").json

    shown = [client.get(f"/runs/{number}").json for number in (2, 1)]
    assert [run.pop("report") for run in shown] == ["All of it.", "All of it."]
    assert [run.pop("logs_text") for run in shown] == [None, None]
    assert [run.pop("raw_text") for run in shown] == [None, None]
    assert listed == shown
    assert [run["status"] for run in listed] == ["alert", "ok"]


def test_a_list_of_runs_is_read_a_page_at_a_time(client: FlaskClient) -> None:
    finished_runs(client, "ok", "warn", "ok", "ok")

    first = client.get("/monitors/1/runs?limit=2&status=ok")
    second = client.get(first.headers["Link"].split(">")[0].strip("<"))

    address = "/api/monitors/1/runs?limit=2&status=ok&before=3"
    assert first.headers["Link"] == f'<{address}>; rel="next"'
    assert (ids(first.json), ids(second.json)) == ([4, 3], [1])
    assert "Link" not in second.headers


def test_runs_are_listed_by_status_and_before_an_id(client: FlaskClient) -> None:
    finished_runs(client, "ok", "warn", "ok")
    client.post("/monitors/1/run-once")

    by_status = client.get("/monitors/1/runs?status=queued").json
    before = client.get("/monitors/1/runs?before=3").json

    assert ids(by_status) == [4]
    assert ids(before) == [2, 1]


def test_a_list_of_runs_takes_as_many_queries_whatever_its_length(
    app: Flask, client: FlaskClient
) -> None:
    finished_runs(client, "ok", "ok", "ok", "ok")

    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))

    client.get("/monitors/1/runs?limit=1")
    for_one = len(seen)
    client.get("/monitors/1/runs?limit=4")

    assert len(seen) == 2 * for_one


def test_bad_query_parameters_are_all_named(client: FlaskClient) -> None:
    make_monitor(client)

    refused = client.get("/monitors/1/runs?limit=201&before=x&status=bad&page=2")

    assert refused.status_code == 422
    assert {error["field"]: error["message"] for error in refused.json["errors"]} == {
        "limit": "This must be 200 or less.",
        "before": "This must be a whole number.",
        "status": "This must be 'queued', 'running', 'ok', 'warn', 'alert' or 'error'.",
        "page": "This field is not known here.",
    }


def test_a_parameter_that_is_repeated_is_refused(client: FlaskClient) -> None:
    make_monitor(client)

    refused = client.get("/monitors/1/runs?limit=1&limit=2")

    assert [error["field"] for error in refused.json["errors"]] == ["limit"]


def test_the_latest_run_is_the_newest(client: FlaskClient) -> None:
    finished_runs(client, "ok", "warn")

    latest = client.get("/monitors/1/runs/latest")

    assert latest.status_code == 200
    assert latest.json == client.get("/runs/2").json


def test_a_monitor_that_never_ran_has_no_latest_run(client: FlaskClient) -> None:
    make_monitor(client)

    answer = client.get("/monitors/1/runs/latest")

    assert answer.status_code == 404
    assert answer.json == {"error": "Monitor 1 has no Run yet.", "errors": []}


def test_a_monitor_that_is_deleted_meanwhile_ends_the_wait(app: Flask, client: FlaskClient) -> None:
    make_monitor(client)

    def delete() -> None:
        with app.app_context():
            until(lambda: db.session.rollback() or Run.get(1))
            monitor = Monitor.get(1)
            assert monitor
            monitor.delete()

    other = threading.Thread(target=delete)
    other.start()
    answer = client.post("/monitors/1/run-once?wait=30")
    other.join()

    assert answer.status_code == 404
    assert answer.json["error"] == "There is no Run 1."


def told(client: FlaskClient, **values: object) -> dict[str, object]:
    """The one Notification of Run 1."""
    make_monitor(client)
    client.post("/monitors/1/run-once")
    claim = Claim.take(1, utc_now(), MINUTE)
    assert claim
    row = {"channel": "email", "recipient": "ops@example.com", "due_at": utc_now()}
    claim.record_verdict([row | values], verdict="alert", summary="Bad.")
    claim.finish(utc_now(), keep=200)
    return client.get("/runs/1").json["notifications"][0]


def test_a_notification_is_sent_again_and_a_worker_called_for_it(
    client: FlaskClient, app: Flask, valkey: str
) -> None:
    told(client, status="failed", attempts=6, error="No answer.")
    assert app.extensions["doorbell"].answer(1) == ("execute_run", 1)

    answer = client.post("/runs/1/notifications/1/resend")

    assert answer.status_code == 202
    assert answer.headers["Location"] == "/api/runs/1"
    assert answer.json == {
        "id": 1,
        "channel": "email",
        "recipient": "ops@example.com",
        "status": "pending",
        "attempts": 0,
        "error": None,
        "notice": None,
        "due_at": answer.json["due_at"],
        "sent_at": None,
    }
    assert app.extensions["doorbell"].answer(1) == ("deliver_notification", 1)


def test_a_notification_waits_in_the_database_where_the_queue_is_down(client: FlaskClient) -> None:
    told(client, status="failed")

    answer = client.post("/runs/1/notifications/1/resend")

    assert (answer.status_code, answer.json["status"]) == (202, "pending")


def test_a_notification_on_its_way_is_not_sent_again(client: FlaskClient) -> None:
    told(client)

    answer = client.post("/runs/1/notifications/1/resend")

    assert answer.status_code == 409
    assert answer.json["error"] == "It is on its way already, and is tried until it is out."


def test_a_notification_is_found_at_its_own_run_only(client: FlaskClient) -> None:
    told(client)
    client.post("/monitors/1/run-once")

    answers = [client.post(f"/runs/{run}/notifications/1/resend") for run in (2, 3)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["error"] == "Run 2 has no Notification 1."


def judged(client: FlaskClient, *texts: str | None) -> None:
    """Runs of Monitor 1 that judged these texts, their ids counting from 1."""
    make_monitor(client)
    for number, text in enumerate(texts, 1):
        client.post("/monitors/1/run-once")
        claim = Claim.take(number, utc_now(), MINUTE)
        assert claim
        claim.record_verdict([], verdict="ok", summary="Well.", logs_text=text)
        claim.finish(utc_now(), keep=200)


def test_what_changed_since_the_run_before_is_told(client: FlaskClient) -> None:
    judged(client, "INFO ready", "INFO ready\nERROR shard 3 lost")

    told = client.get("/runs/2/changes").json

    assert told == {
        "previous_id": 1,
        "run_id": 2,
        "status_before": "ok",
        "status_after": "ok",
        "new_findings": [],
        "gone_findings": [],
        "still_findings": [],
        "compared": True,
        "new_kinds": {
            "shown": [
                {
                    "label": None,
                    "line": 2,
                    "text": "ERROR shard 3 lost",
                    "level": "error",
                    "count": 1,
                }
            ],
            "more": 0,
        },
        "gone_kinds": {"shown": [], "more": 0},
        "levels": [
            {"level": "fatal", "before": 0, "after": 0},
            {"level": "error", "before": 0, "after": 1},
            {"level": "warn", "before": 0, "after": 0},
        ],
    }


def test_without_an_ended_run_and_one_before_it_nothing_changed(client: FlaskClient) -> None:
    judged(client, "INFO ready")
    client.post("/monitors/1/run-once")

    answers = [client.get(f"/runs/{number}/changes") for number in (1, 2)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert [answer.json["error"] for answer in answers] == [
        "No Run of its Monitor before Run 1 is kept to compare it with.",
        "Run 2 has not ended yet, so nothing can be said to have changed.",
    ]


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("address", ["/runs/1/logs.txt", "/api/runs/1/logs.txt"])
def test_the_text_is_downloaded_as_it_is_and_as_text(
    client: FlaskClient, address: str, accept: str
) -> None:
    text = "[LOG]\n<script>alert(1)</script>\n\fünf\n"
    judged(client, text)

    answer = client.get(address, headers={"Accept": accept})

    assert answer.data == text.encode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename=run-1-logs.txt"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_run_without_a_text_has_nothing_to_download(client: FlaskClient) -> None:
    judged(client, None)

    answer = client.get("/runs/1/logs.txt", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.json["error"] == "Run 1 has no text: none was gathered, or not yet."


def test_runs_are_listed_by_trigger_and_span(client: FlaskClient) -> None:
    finished_runs(client, "ok")

    assert ids(client.get("/monitors/1/runs?trigger=manual&span=day").json) == [1]
    assert client.get("/monitors/1/runs?trigger=schedule").json == []
    refused = client.get("/monitors/1/runs?trigger=x&span=year").json
    assert [error["field"] for error in refused["errors"]] == ["span", "trigger"]


@BOTH_DATABASES
def test_history_tells_what_each_run_took(client: FlaskClient) -> None:
    finished_runs(client, "ok", "warn")

    history = client.get("/monitors/1/history").json

    assert [run["run_id"] for run in history] == [1, 2]
    assert history[1] == {
        "run_id": 2,
        "finished_at": client.get("/runs/2").json["finished_at"],
        "status": "warn",
        "duration_ms": history[1]["duration_ms"],
        "bytes": None,
        "lines": None,
        "kept_lines": None,
        "alike_lines": None,
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": None,
    }
    assert client.get("/monitors/1/history?span=day").json == history
    assert client.get("/monitors/1/history?span=year").status_code == 422
    assert client.get("/monitors/2/history").status_code == 404
