"""The page of one Monitor: how it stands now, what its Runs took, which Runs there were."""

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.pages.making import BROWSER, HTMX, make_monitor, make_run, see, send, words
from webapp.clock import utc_now
from webapp.extensions import db, writing
from webapp.models import LlmUsage, Monitor, Target

FINDING = {
    "severity": "alert",
    "label": "DF",
    "line": 18,
    "quote": "/dev/sda1 100%",
    "explanation": "The disk is full.",
    "verified": True,
}
HOSTILE = '</pre><script>alert(1)</script>"><img onerror=x> {{7*7}} \u202e' + "x" * 3000
AN_INPUT = {
    "label": "DF",
    "mode": "command",
    "command": "df -h",
    "status": "ok",
    "bytes": 2_000,
    "lines": 40,
    "kept_lines": 4,
    "stderr": "",
}


@pytest.fixture
def monitor(target: Target) -> Monitor:
    return make_monitor(target)


def seen(page: str) -> str:
    """The address that the page asks for news."""
    match = re.search(r'hx-get="([^"]+/now\?seen=[^"]+)"', page)
    assert match, "the page is watched"
    return html.unescape(match[1])


def test_nothing_is_answered_while_nothing_has_changed(
    client: FlaskClient, monitor: Monitor
) -> None:
    make_run(monitor, "ok", summary="Fine.")
    address = seen(see(client, f"/monitors/{monitor.id}"))

    answer = client.get(address, headers=HTMX)

    assert (answer.status_code, answer.data) == (204, b"")
    assert "HX-Trigger" not in answer.headers


def test_every_change_is_seen_and_told_to_the_rest_of_the_page(
    client: FlaskClient, monitor: Monitor
) -> None:
    def change(change: Any) -> tuple[bool, str | None]:
        address = seen(see(client, f"/monitors/{monitor.id}"))
        change()
        answer = client.get(address, headers=HTMX)
        return 'id="now"' in answer.text, answer.headers.get("HX-Trigger")

    changes = [
        lambda: make_run(monitor),
        lambda: make_run(monitor, "warn", summary="Nearly full."),
        lambda: monitor.mute(utc_now(), None),
        monitor.unmute,
        monitor.pause,
        lambda: monitor.resume(utc_now()),
        lambda: monitor.retag(add=["prod"]),
        lambda: monitor.change({"name": "Discs"}, utc_now()),
    ]

    assert [change(one) for one in changes] == [(True, "monitor-moved")] * len(changes)


def test_a_run_is_begun_without_leaving_the_page(client: FlaskClient, monitor: Monitor) -> None:
    answer = send(client, f"/monitors/{monitor.id}/run-once", {}, **{"HX-Request": "true"})

    run = monitor.latest_run()
    assert run
    assert answer.status_code == 200
    assert f"queued Run {run.id} waits for a worker, begun by manual" in words(answer.text)
    assert 'hx-trigger="every 1s"' in answer.text
    assert answer.headers["HX-Trigger"] == "monitor-moved"


def test_it_is_muted_for_an_hour_and_unmuted(client: FlaskClient, monitor: Monitor) -> None:
    send(client, f"/monitors/{monitor.id}/mute", {"seconds": "3600"})
    muted = see(client, f"/monitors/{monitor.id}")
    until = monitor.muted_until
    send(client, f"/monitors/{monitor.id}/unmute", {})
    unmuted = see(client, f"/monitors/{monitor.id}")

    assert until
    assert re.search("muted: it tells nobody, which ends in (59|60|1) (min|h)", words(muted))
    assert f'title="{until:%Y-%m-%d %H:%M:%S} UTC"' in muted
    assert ">Unmute</button>" in muted
    assert "1 hour" not in words(muted)
    assert "muted:" not in unmuted
    assert "Mute 1 hour 4 hours 1 day 1 week until unmuted" in words(unmuted)


def test_a_mute_without_end_says_so(client: FlaskClient, monitor: Monitor) -> None:
    monitor.mute(utc_now(), None)

    assert "muted: it tells nobody, until it is unmuted" in words(
        see(client, f"/monitors/{monitor.id}")
    )


def test_a_verb_of_htmx_is_answered_by_how_the_monitor_stands(
    client: FlaskClient, monitor: Monitor
) -> None:
    answer = send(client, f"/monitors/{monitor.id}/pause", {}, **{"HX-Request": "true"})

    assert answer.status_code == 200
    assert answer.text.count('id="now"') == 1
    assert "Paused: it does not run until it is resumed." in words(answer.text)
    assert "<html" not in answer.text


def test_the_state_says_since_when(client: FlaskClient, monitor: Monitor) -> None:
    make_run(monitor, "alert", summary="Full.")

    page = see(client, f"/monitors/{monitor.id}")

    assert re.search(r"alert since \d+ d ago", words(page))


def test_the_latest_findings_are_quoted_and_lead_to_their_lines(
    client: FlaskClient, monitor: Monitor
) -> None:
    told = {"channel": "email", "recipient": "ops@example.com", "status": "failed"}
    planned = [told | {"error": "The server refused it.", "due_at": utc_now()}]
    run = make_run(monitor, "alert", findings=[FINDING], summary="Full.", planned=planned)

    page = see(client, f"/monitors/{monitor.id}")

    assert f'href="/runs/{run.id}?line=18#L18">DF, line 18</a>' in page
    assert "alert The disk is full. DF, line 18 /dev/sda1 100%" in words(page)
    assert "Told: failed ops@example.com: The server refused it." in words(page)
    assert "None in the last Run." not in page


def test_findings_of_an_earlier_run_are_said_to_be_that(
    client: FlaskClient, monitor: Monitor
) -> None:
    unproven = FINDING | {"severity": "warn", "verified": False}
    earlier = make_run(monitor, "warn", findings=[unproven, unproven], summary="Nearly full.")
    make_run(monitor, "ok", summary="Fine.")

    page = words(see(client, f"/monitors/{monitor.id}"))

    assert f"None in the last Run. Run {earlier.id} found these" in page
    assert page.count("No line of the log stands behind this.") == 2
    assert "Nobody was told." in page


def test_of_many_findings_the_first_are_shown(client: FlaskClient, monitor: Monitor) -> None:
    many = [FINDING | {"explanation": f"Disk {n} is full."} for n in range(8)]
    run = make_run(monitor, "alert", summary="Full.", findings=many)

    page = see(client, f"/monitors/{monitor.id}")

    assert ("Disk 4 is full." in page, "Disk 5 is full." in page) == (True, False)
    assert f'<a href="/runs/{run.id}#judged">3 more findings</a>' in page


def test_with_no_findings_there_is_no_such_section(client: FlaskClient, monitor: Monitor) -> None:
    make_run(monitor, "ok", summary="Fine.")

    assert "Latest findings" not in see(client, f"/monitors/{monitor.id}")


def test_whatever_a_log_or_an_llm_or_a_name_says_is_text(
    client: FlaskClient, target: Target
) -> None:
    name = HOSTILE[:150]
    monitor = make_monitor(target, name=name, prompt=HOSTILE)
    evil = {"quote": HOSTILE, "explanation": HOSTILE, "label": HOSTILE, "severity": "alert"}
    planned = [{"channel": "email", "recipient": HOSTILE[:99], "status": "failed"}]
    make_run(
        monitor,
        "alert",
        summary=HOSTILE,
        findings=[FINDING | evil],
        planned=[planned[0] | {"error": HOSTILE, "due_at": utc_now()}],
    )
    make_run(monitor, "error", error_kind="timeout", error_message=HOSTILE)

    for path in ("", "/now", "/history", "/runs"):
        page = see(client, f"/monitors/{monitor.id}{path}")
        without_own = re.sub(r"<script src=[^>]*></script>", "", page)
        assert "<script" not in without_own
        assert "<img onerror" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{7*7}}" in page


def test_what_holds_beside_the_prompt_is_told(client: FlaskClient, target: Target) -> None:
    asked = {"new_lines": "only", "expect_lines_within": 900}
    monitor = make_monitor(
        target,
        inputs=[{"label": "DF", "mode": "command", "command": "df -h"} | asked],
        rules={"ignore": ["GET /health"], "must_alert": ["(?i)oom", "panic"]},
        privacy_config={"redact": ["ip", "card"], "local_model_only": True},
    )
    plain = make_monitor(target, name="plain")

    page = words(see(client, f"/monitors/{monitor.id}"))
    plainly = words(see(client, f"/monitors/{plain.id}"))

    assert "Rules 1 to ignore, 2 to alert on" in page
    assert "Hides secrets, card numbers, IP addresses" in page
    assert "Model default , if it is a local one" in page
    assert "df -h only new lines are sent silent for 15 min is an alert" in page
    assert "Hides secrets, card numbers Model default Tells" in plainly


def test_tags_lead_to_others_of_their_like(client: FlaskClient, target: Target) -> None:
    monitor = make_monitor(target, tags=["prod", "web"])

    page = see(client, f"/monitors/{monitor.id}")

    assert re.findall(r'<a class="tag" href="([^"]+)">', page) == ["/?tag=prod", "/?tag=web"]


def test_what_llms_took_this_month_is_told(client: FlaskClient, monitor: Monitor) -> None:
    taken = {"model": "openai:gpt-5-mini", "input_tokens": 41_200, "output_tokens": 310}
    with writing():
        LlmUsage.add(monitor.id, utc_now().date(), [taken | {"cost_usd": 0.12}])
        LlmUsage.add(monitor.id, utc_now().date(), [taken | {"cost_usd": None}])

    page = words(see(client, f"/monitors/{monitor.id}"))

    assert "This month 82,400 tokens in, 620 out, $0.12 and 1 Run of no known price" in page


def test_charts_show_each_run_that_ended_and_lead_to_it(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = make_run(monitor, "ok", summary="Fine.", inputs=[AN_INPUT])

    page = see(client, f"/monitors/{monitor.id}/history")

    assert page.count(f'class="chart-run" href="/runs/{run.id}" tabindex="-1"') == 3
    assert (
        "Log volume typically 40 lines (2.0 kB), 4 kept lines kept more like them lines cut"
        in words(page)
    )
    assert "Duration 3.0 s" in words(page)
    assert "Tokens none: no LLM was asked" in words(page)


def test_before_the_first_run_it_says_what_will_come(client: FlaskClient, monitor: Monitor) -> None:
    page = words(see(client, f"/monitors/{monitor.id}"))

    assert "No Run yet. The first comes by itself within a minute." in page
    assert "No Run has ended yet. Charts of status, duration, log volume and tokens begin" in page


def test_runs_are_filtered_and_the_filter_is_kept_from_page_to_page(
    client: FlaskClient, monitor: Monitor
) -> None:
    ids = [make_run(monitor, "ok", summary="Fine.").id for _ in range(12)]
    make_run(monitor, "alert", summary="The disk is full.")

    page = see(client, f"/monitors/{monitor.id}?status=ok&trigger=manual")
    history = page.partition('id="run-list"')[2]
    older = re.findall(r'<a href="([^"]+)">Older</a>', page)

    assert "The disk is full." not in history
    assert [html.unescape(address) for address in older] == [
        f"/monitors/{monitor.id}?status=ok&trigger=manual&before={ids[2]}"
    ]
    rest = see(client, html.unescape(older[0]))
    assert re.findall(r'<tr id="run-(\d+)"', rest) == [str(ids[1]), str(ids[0])]


def test_only_the_newest_page_of_runs_is_renewed(client: FlaskClient, monitor: Monitor) -> None:
    run = make_run(monitor, "ok", summary="Fine.")

    newest = see(client, f"/monitors/{monitor.id}?status=ok&span=week")
    older = see(client, f"/monitors/{monitor.id}?before={run.id + 1}")

    assert f'hx-get="/monitors/{monitor.id}/history?status=ok&amp;span=week"' in newest
    assert "/history" not in older


def test_a_span_leaves_out_what_is_older(client: FlaskClient, monitor: Monitor) -> None:
    make_run(monitor, "ok", summary="Long ago.")

    page = see(client, f"/monitors/{monitor.id}/history?span=day")
    runs = see(client, f"/monitors/{monitor.id}/runs?span=day")

    assert "No Run ended in this time." in page
    assert "No Run is like that." in runs
    assert "Long ago." not in page + runs


@pytest.mark.parametrize("path", ["", "/history", "/runs"])
@pytest.mark.parametrize("name", ["status", "trigger", "span"])
def test_a_choice_that_there_is_not_is_400(
    client: FlaskClient, monitor: Monitor, path: str, name: str
) -> None:
    answer = client.get(f"/monitors/{monitor.id}{path}?{name}=nope", headers=BROWSER)

    assert answer.status_code == 400
    assert f"“{name}” must be one of" in answer.text


def test_neither_log_texts_nor_reports_are_read(
    app: Flask, client: FlaskClient, monitor: Monitor
) -> None:
    make_run(monitor, "alert", findings=[FINDING], summary="Full.", report="Long.", logs_text="x")
    asked: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    see(client, f"/monitors/{monitor.id}")
    event.remove(db.engine, "before_cursor_execute", note)

    assert asked
    assert not [statement for statement in asked if re.search(r"logs_text|report", statement)]


@pytest.mark.parametrize("path", ["/now", "/history"])
def test_what_is_polled_is_not_there_without_its_monitor(
    client: FlaskClient, target: Target, path: str
) -> None:
    assert client.get(f"/monitors/7{path}", headers=HTMX).status_code == 404
