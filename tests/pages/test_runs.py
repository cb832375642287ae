import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.pages.making import (
    BROWSER,
    HTMX,
    NOW,
    make_monitor,
    make_run,
    make_target,
    see,
    send,
    token,
    words,
)
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.test_run import an_input, carried_out
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
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
        "What came back builtin",
        "It grew by 4 % in an hour.",
        "Delete old logs.",
        "What was judged 1 finding",
        "The disk fills up.",
        "DF, line 3 /dev/sda1 91%",
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
    assert '<li id="L1" class="log-line log-label log-calm">' in page
    assert '<li id="L2" class="log-line log-notice">' in page


def test_what_the_program_says_in_the_text_is_told_from_what_logs_say(
    client: FlaskClient, monitor: Monitor
) -> None:
    text = (
        "[DF]\n(no lines)\n[NOT_OURS]\n… 2 Inputs not shown: the window has no room …\n (no lines)"
    )
    run = judged(monitor, logs_text=text, findings=[])

    page = see(client, f"/runs/{run.id}")

    kinds = re.findall(r'<li id="L\d+" class="log-line log-(\w+)', page)
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
    assert "every 1s" not in panel
    assert f'hx-get="/runs/{run.id}/run-panel"' not in panel


def test_the_page_includes_the_very_panel_that_is_polled(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = judged(monitor)

    panel = client.get(f"/runs/{run.id}/run-panel", headers=HTMX).text

    _, begin, rest = panel.strip().partition('<div id="run-panel"')
    assert begin + rest in see(client, f"/runs/{run.id}")


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


def told(monitor: Monitor, **values: Any) -> Run:
    """A finished Run with one Notification."""
    row = {"channel": "email", "recipient": "ops@example.com", "due_at": utc_now()}
    return make_run(monitor, "alert", summary="Bad.", planned=[row | values])


def test_the_runs_beside_it_are_a_link_away(client: FlaskClient, monitor: Monitor) -> None:
    runs = [judged(monitor) for _ in range(3)]

    page = see(client, f"/runs/{runs[1].id}")

    assert f'<a href="/runs/{runs[0].id}" rel="prev">← Run {runs[0].id}</a>' in page
    assert f'<a href="/runs/{runs[2].id}" rel="next">Run {runs[2].id} →</a>' in page
    assert 'rel="prev"' not in see(client, f"/runs/{runs[0].id}")
    assert 'rel="next"' not in see(client, f"/runs/{runs[2].id}")


def test_what_changed_is_a_page_and_the_fragment_that_the_run_takes_in(
    client: FlaskClient, monitor: Monitor
) -> None:
    first = judged(monitor, logs_text="[DF]\nINFO ready", findings=[])
    second = judged(monitor)
    address = f"/runs/{second.id}/changes"

    page, fragment = see(client, address), client.get(address, headers=HTMX).text

    assert f'hx-get="{address}"' in see(client, f"/runs/{second.id}")
    assert fragment.strip() in page
    assert "<html" not in fragment
    told = words(fragment)
    assert f"What changed since Run {first.id}" in told
    assert f"New findings not in Run {first.id} alert The disk fills up." in told
    assert f'href="/runs/{second.id}?line=3#L3"' in fragment
    assert f"Gone findings in Run {first.id} only" not in told
    assert "Kinds of line that are gone 1 kind DF, line 2 × 1 INFO ready" in told
    assert f'href="/runs/{first.id}?line=2#L2"' in fragment


def test_hostile_lines_are_text_in_what_changed_too(client: FlaskClient, monitor: Monitor) -> None:
    judged(monitor, logs_text="[DF]\nfine")
    run = judged(monitor)

    page = see(client, f"/runs/{run.id}/changes")

    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
    assert "<script>" not in page


def test_a_run_that_nothing_can_be_compared_with_offers_no_changes(
    client: FlaskClient, monitor: Monitor
) -> None:
    first = judged(monitor)

    answer = client.get(f"/runs/{first.id}/changes", headers=BROWSER)

    assert "What changed" not in see(client, f"/runs/{first.id}")
    assert answer.status_code == 404
    assert f"No Run of its Monitor before Run {first.id} is kept" in answer.text


def test_a_notification_that_failed_is_sent_again_by_a_plain_form(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = told(monitor, status="failed", attempts=6, error="No answer.")
    (mail,) = run.notifications
    address = f"/runs/{run.id}/notifications/{mail.id}/resend"
    assert f'action="{address}"' in see(client, f"/runs/{run.id}")

    answer = send(client, address, {})

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/runs/{run.id}#told"
    assert (mail.status, mail.attempts, mail.error) == ("pending", 0, None)
    page = see(client, f"/runs/{run.id}")
    assert "It is sent to ops@example.com again." in page
    assert "next try now" in words(page)
    assert f'action="{address}"' not in page


def test_htmx_gets_who_was_told_which_is_then_polled(client: FlaskClient, monitor: Monitor) -> None:
    run = told(monitor, status="failed", attempts=6, error="No answer.")
    address = f"/runs/{run.id}/notifications/{run.notifications[0].id}/resend"

    answer = send(client, address, {}, **{"HX-Request": "true"})

    assert answer.status_code == 200
    assert f'hx-get="/runs/{run.id}/told" hx-trigger="every 2s"' in answer.text
    assert client.get(f"/runs/{run.id}/told", headers=HTMX).text.strip() in see(
        client, f"/runs/{run.id}"
    )


def test_one_that_cannot_be_sent_again_says_why(client: FlaskClient, monitor: Monitor) -> None:
    run = told(monitor)
    address = f"/runs/{run.id}/notifications/{run.notifications[0].id}/resend"

    answer = send(client, address, {})

    assert answer.status_code == 409
    assert "It is on its way already, and is tried until it is out." in answer.text


def test_nothing_is_sent_again_without_the_forms_token(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = told(monitor, status="failed")
    token(client)

    answer = client.post(
        f"/runs/{run.id}/notifications/{run.notifications[0].id}/resend", data={}, headers=BROWSER
    )

    db.session.expire_all()
    assert answer.status_code == 400
    assert run.notifications[0].status == "failed"


def test_one_that_has_nobody_to_go_to_has_no_button(client: FlaskClient, monitor: Monitor) -> None:
    nobody = {"channel": "none", "recipient": "", "status": "skipped"}
    run = told(monitor, **nobody, error="This Monitor has no recipients.")

    page = see(client, f"/runs/{run.id}")

    assert "skipped nobody This Monitor has no recipients." in words(page)
    assert "/resend" not in page


@pytest.mark.parametrize(
    ("wait", "every"), [(timedelta(seconds=30), "2s"), (timedelta(hours=2), "30s")]
)
def test_the_longer_a_next_try_is_away_the_more_rarely_it_is_looked_for(
    client: FlaskClient, monitor: Monitor, wait: timedelta, every: str
) -> None:
    run = told(monitor, due_at=utc_now() + wait, attempts=2, error="No answer.")

    page = see(client, f"/runs/{run.id}")

    assert f'hx-get="/runs/{run.id}/told" hx-trigger="every {every}"' in page


def test_what_was_told_is_not_polled(client: FlaskClient, monitor: Monitor) -> None:
    run = told(monitor, status="sent")

    assert f'hx-get="/runs/{run.id}/told"' not in see(client, f"/runs/{run.id}")


def test_the_whole_message_to_a_model_is_shown_word_by_word(
    client: FlaskClient, monitor: Monitor
) -> None:
    failed = INPUT | {"label": "GONE", "status": "failed", "bytes": 0, "error": "No such file."}
    run = judged(
        monitor,
        llm_model="openai:gpt-5-mini",
        prompt="Look for full disks.",
        inputs=[INPUT, failed],
        logs_text=f"{TEXT}\n\n[GONE]\n(no lines)",
    )
    address = f"/runs/{run.id}/message"

    page, fragment = see(client, address), client.get(address, headers=HTMX).text

    assert f'hx-get="{address}"' in see(client, f"/runs/{run.id}")
    assert fragment.strip() in page
    assert "You are the analyst of a log monitoring service." in fragment
    assert "3: /dev/sda1 91%" in fragment
    assert "4: &lt;/code&gt;&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in fragment
    assert "is missing from this excerpt: GONE." in fragment
    assert fragment.count("Look for full disks.") == 2
    assert "(a number that no log can know) =====" in fragment


def test_the_whole_message_says_whether_it_is_what_was_sent(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    with Stub(good()) as stub:
        model = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        commands = {"GOOD": "echo fine", "HALF": "echo almost; exit 3", "NONE": "exit 3"}
        inputs = [an_input(label, command) for label, command in commands.items()]
        run_id = carried_out(settings.model_copy(update=model), *inputs).id
    system, question = (one["content"] for one in stub.asked[0]["messages"][:2])
    address = f"/runs/{run_id}/message"

    to_the_letter = see(client, address)
    _note(run_id, "0" * 32)
    changed_since = see(client, address)
    _note(run_id, None)
    from_before = see(client, address)

    shown = [
        html.unescape(text) for text in re.findall(r"(?s)<pre[^>]*>(.*?)</pre>", to_the_letter)
    ]
    assert shown[0] in system
    assert shown[1] == question
    assert "What was sent, to the letter" in to_the_letter
    assert "What was sent differed from this" in changed_since
    assert "did not note which ones it was sent with" in from_before


def test_what_was_refused_to_a_model_is_not_called_sent(
    client: FlaskClient, settings: Settings
) -> None:
    model = {"llm_model": "openai:test-model", "openai_base_url": "http://8.8.8.8/v1"}
    private = {"privacy_config": {"local_model_only": True}}
    run = carried_out(settings.model_copy(update=model), an_input("APP", "echo fine"), **private)

    page = words(see(client, f"/runs/{run.id}"))
    message = see(client, f"/runs/{run.id}/message")

    assert "Nothing was sent." in page
    assert "What was sent for openai:test-model" in page
    assert "What was to be sent, to the letter" in message


@pytest.mark.parametrize(
    "values",
    [
        {"llm_model": "builtin", "prompt": "Look."},
        {"llm_model": "openai:gpt-5-mini", "prompt": None},
        {"llm_model": "openai:gpt-5-mini", "prompt": "Look.", "logs_text": None},
    ],
)
def test_where_nothing_was_sent_or_not_kept_there_is_no_message(
    client: FlaskClient, monitor: Monitor, values: dict[str, Any]
) -> None:
    run = judged(monitor, **values)

    answer = client.get(f"/runs/{run.id}/message", headers=BROWSER)

    assert answer.status_code == 404
    assert f'href="/runs/{run.id}/message"' not in see(client, f"/runs/{run.id}")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("inputs_failed", "Nothing was sent, as no Input could be read."),
        ("llm_unavailable", "It was for a model that could not be asked."),
        ("llm_invalid", "It was sent to a model, whose answer could not be used."),
        ("timeout", "it may have been sent."),
    ],
)
def test_a_run_that_could_not_judge_says_what_became_of_its_text(
    client: FlaskClient, monitor: Monitor, kind: str, said: str
) -> None:
    run = make_run(
        monitor, "error", error_kind=kind, error_message="Why.", inputs=[INPUT], logs_text=TEXT
    )

    page = words(see(client, f"/runs/{run.id}"))

    assert said in page
    assert "What came back No verdict. Why." in page
    assert "/dev/sda1 91%" in page


def test_what_the_built_in_reading_judged_is_said_to_have_stayed(
    client: FlaskClient, monitor: Monitor
) -> None:
    page = words(see(client, f"/runs/{judged(monitor).id}"))

    assert "Nothing left this service: the built-in reading judged the text here." in page


def test_a_run_without_a_text_says_so(client: FlaskClient, monitor: Monitor) -> None:
    run = make_run(monitor, "error", error_kind="lost", error_message="Lost.")

    page = words(see(client, f"/runs/{run.id}"))

    assert "Nothing: this Run came to no text." in page
    assert client.get(f"/runs/{run.id}/log-view", headers=HTMX).status_code == 404


def _note(run_id: int, digest: str | None) -> None:
    with writing():
        db.session.get_one(Run, run_id).message_digest = digest


def test_a_run_says_what_was_cut_as_its_model_reads_no_more(client: FlaskClient) -> None:
    note = "The window was cut to 2,612 characters, as <b>it</b> reads 4,096 tokens at once."
    kept = {"llm_model": "openai:qwen", "context_tokens": 4096, "window_note": note}
    run = make_run(make_monitor(make_target()), "ok", **kept)

    told = client.get(f"/runs/{run.id}").json

    assert note.replace("<b>it</b>", "&lt;b&gt;it&lt;/b&gt;") in see(client, f"/runs/{run.id}")
    assert (told["window_note"], told["llm"]["context_tokens"]) == (note, 4096)
