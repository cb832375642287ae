import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.pages.making import BROWSER, HTMX, NOW, make_monitor, make_run, make_target, see, words
from webapp.extensions import db
from webapp.models import Claim, Monitor, Run

HOSTILE = "</code><script>alert(1)</script> {{ 7*7 }}"
TEXT = f"[DF]\n… 12 earlier lines not shown …\n/dev/sda1 91%\n{HOSTILE}"
INPUT = {
    "label": "DF",
    "mode": "command",
    "command": "df -h",
    "status": "ok",
    "exit_code": 0,
    "duration_ms": 1240,
    "bytes": 148_213,
    "lines": 14,
    "kept_lines": 2,
    "kept_chars": 40,
    "truncated": True,
    "error": None,
    "stderr": "df: warning",
}


@pytest.fixture
def monitor(client: FlaskClient) -> Monitor:
    return make_monitor(make_target())


def judged(monitor: Monitor, **values: Any) -> Run:
    finding = {
        "severity": "alert",
        "label": "DF",
        "line": 3,
        "quote": "/dev/sda1 91%",
        "explanation": "The disk fills up.",
        "verified": True,
    }
    full: dict[str, Any] = {
        "summary": "The disk is 91 % full.",
        "report": "It grew by 4 % in an hour.",
        "recommendations": ["Delete old logs."],
        "findings": [finding],
        "inputs": [INPUT],
        "logs_text": TEXT,
        "redactions": {"password": 2},
        "llm_model": "builtin",
    }
    return make_run(monitor, "alert", **full | values)


def test_a_finished_run_shows_what_it_gathered_sent_judged_and_told(
    client: FlaskClient, monitor: Monitor
) -> None:
    mail = {"channel": "email", "recipient": "ops@example.com", "due_at": NOW}
    told = [mail | {"status": "skipped", "error": "No SMTP_HOST is set."}]
    run = judged(monitor, planned=told)

    page = words(see(client, f"/runs/{run.id}"))

    parts = [
        f"Run {run.id} alert",
        "took 3.0 s",
        "The disk is 91 % full.",
        "What was gathered",
        "DF command ok df -h exit 0 1.2 s 148 kB 14 lines 2 lines and 40 characters kept",
        "the rest was cut",
        "df: warning",
        "What was sent",
        "password × 2",
        "… 12 earlier lines not shown …",
        "What was judged",
        "The disk fills up.",
        "DF, line 3 /dev/sda1 91%",
        "It grew by 4 % in an hour.",
        "Delete old logs.",
        "Who was told",
        "skipped ops@example.com email",
        "No SMTP_HOST is set.",
    ]
    places = [page.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_a_finding_links_to_its_line_which_is_marked(client: FlaskClient, monitor: Monitor) -> None:
    run = judged(monitor)

    page = see(client, f"/runs/{run.id}")

    assert '<a href="#L3">DF, line 3</a><code>/dev/sda1 91%</code>' in page
    assert '<li id="L3" class="log-line log-log log-cited log-cited-alert">' in page
    assert '<li id="L1" class="log-line log-label">' in page
    assert '<li id="L2" class="log-line log-notice">' in page


def test_what_the_program_says_in_the_text_is_told_from_what_logs_say(
    client: FlaskClient, monitor: Monitor
) -> None:
    text = (
        "[DF]\n(no lines)\n[NOT_OURS]\n… 2 Inputs not shown: the window has no room …\n (no lines)"
    )
    run = judged(monitor, logs_text=text, findings=[])

    page = see(client, f"/runs/{run.id}")

    kinds = re.findall(r'<li id="L\d+" class="log-line log-(\w+)"', page)
    assert kinds == ["label", "notice", "log", "notice", "log"]


def test_hostile_words_of_logs_and_models_are_text(client: FlaskClient, monitor: Monitor) -> None:
    finding = {
        "severity": "warn",
        "label": None,
        "line": None,
        "quote": None,
        "explanation": HOSTILE,
        "verified": False,
    }
    run = judged(
        monitor,
        summary=HOSTILE,
        report=HOSTILE,
        recommendations=[HOSTILE],
        findings=[finding],
        inputs=[INPUT | {"stderr": HOSTILE, "error": HOSTILE, "command": HOSTILE}],
        redactions={HOSTILE: 1},
        planned=[{"channel": "sms", "recipient": HOSTILE, "error": HOSTILE, "due_at": NOW}],
    )

    pages = [see(client, path) for path in (f"/runs/{run.id}", f"/monitors/{monitor.id}", "/")]

    escaped = "&lt;/code&gt;&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}"
    assert [page.count("<script>") for page in pages] == [0, 0, 0]
    assert [escaped in page for page in pages] == [True, True, True]
    assert pages[0].count(escaped) == 11


def test_an_error_is_shown_as_an_error_and_never_as_a_verdict(
    client: FlaskClient, monitor: Monitor
) -> None:
    sentence = "The model did not answer within 60 s."
    run = make_run(monitor, "error", error_kind="llm_unavailable", error_message=sentence)

    page = words(see(client, f"/runs/{run.id}"))

    assert f"{sentence} This Run could not judge (llm_unavailable)." in page
    assert "It says nothing about the logs, good or bad." in page
    assert "What was judged" not in page


def test_a_queued_run_is_polled(client: FlaskClient, monitor: Monitor) -> None:
    run = make_run(monitor)

    page = see(client, f"/runs/{run.id}")

    assert f'hx-get="/runs/{run.id}/run-panel" hx-trigger="every 1s"' in page
    assert '<li class="stage stage-current" aria-current="step">queued</li>' in page


def test_the_panel_says_the_stage_that_a_running_run_is_in(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = make_run(monitor)
    claim = Claim.take(run.id, NOW, timedelta(minutes=5))
    assert claim
    claim.record(stage="analyzing", inputs=[INPUT], logs_text=TEXT)

    panel = client.get(f"/runs/{run.id}/run-panel", headers=HTMX).text

    assert '<li class="stage stage-done">gathering</li>' in panel
    assert '<li class="stage stage-current" aria-current="step">analyzing</li>' in panel
    assert "What was gathered" in panel
    assert "hx-trigger" in panel


def test_a_poll_of_a_live_run_does_not_read_its_long_text(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = make_run(monitor)
    claim = Claim.take(run.id, NOW, timedelta(minutes=5))
    assert claim
    claim.record(stage="analyzing", inputs=[INPUT], logs_text=TEXT)
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

    client.get(f"/runs/{run.id}/run-panel", headers=HTMX)
    while_live = list(asked)
    claim.record_verdict([], verdict="ok", summary="Fine.")
    claim.finish(NOW, keep=200)
    asked.clear()
    client.get(f"/runs/{run.id}/run-panel", headers=HTMX)

    assert [statement for statement in while_live if "logs_text" in statement] == []
    assert len([statement for statement in asked if "logs_text" in statement]) == 1


def test_polling_ends_with_the_run(client: FlaskClient, monitor: Monitor) -> None:
    run = judged(monitor)

    panel = client.get(f"/runs/{run.id}/run-panel", headers=HTMX).text

    assert '<div id="run-panel" class="run-panel run-panel-alert">' in panel
    assert "hx-get" not in panel
    assert "hx-trigger" not in panel


def test_the_page_includes_the_very_panel_that_is_polled(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = judged(monitor)

    panel = client.get(f"/runs/{run.id}/run-panel", headers=HTMX).text

    assert panel.strip() in see(client, f"/runs/{run.id}")


def test_a_panel_whose_run_is_gone_ends_in_a_sentence(client: FlaskClient) -> None:
    response = client.get("/runs/9/run-panel", headers=HTMX)

    assert response.status_code == 404
    assert response.text.startswith('<section id="problem"')
    assert "There is no Run 9." in response.text


@pytest.mark.parametrize("run_id", ["0", "9", "2147483647", "2147483648", "9" * 40, "-1", "x"])
def test_a_run_that_is_not_there_is_404(client: FlaskClient, run_id: str) -> None:
    response = client.get(f"/runs/{run_id}", headers=BROWSER)

    assert response.status_code == 404
    assert "<h1>Not found</h1>" in response.text


def test_without_javascript_a_live_runs_page_looks_again_by_itself(client: FlaskClient) -> None:
    again = '<noscript><meta http-equiv="refresh" content="3"></noscript>'
    live = make_run(make_monitor(make_target()))
    ended = make_run(make_monitor(make_target()), "ok", summary="All is well.")

    pages = [see(client, f"/runs/{run.id}") for run in (live, ended)]

    assert [again in page for page in pages] == [True, False]
