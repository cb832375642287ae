"""The page of a Run says what each model was asked, and what stands behind what it said."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.pages.making import make_monitor, make_run, make_target, see, words
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.test_run import an_input, carried_out
from webapp.config import Settings
from webapp.models import Monitor
from webapp.pipeline.analyze import PROMPT_VERSION

FIRST, OTHER = "openai:gpt-5-mini", "anthropic:claude-haiku-4-5"
OUT = "openai:gpt-5-mini refused the API key (401); set OPENAI_API_KEY."
TEXT = {"logs_text": "[APP]\nERROR disk full", "inputs": [], "prompt": "Look."}
COUNTED = {
    "severity": "alert",
    "label": "APP",
    "line": 2,
    "quote": "ERROR disk full",
    "explanation": "An ERROR line.",
    "verified": True,
    "new": True,
    "by": "builtin",
}


def call(purpose: str, model: str, status: str | None = None, **more: Any) -> dict[str, Any]:
    took = {"input_tokens": 1200, "output_tokens": 34, "cost_usd": 0.0042} if status else {}
    nothing = {"input_tokens": None, "output_tokens": None, "cost_usd": None}
    said = {"purpose": purpose, "model": model, "status": status, "error": None}
    return {**said, "dropped_citations": 0, **nothing, **took, **more}


@pytest.fixture
def monitor(client: FlaskClient) -> Monitor:
    return make_monitor(make_target())


def test_a_run_says_who_was_out_and_who_judged(client: FlaskClient, monitor: Monitor) -> None:
    calls = [call("verdict", FIRST, error=OUT), call("fallback", OTHER, "ok")]
    judged = {"summary": "Fine.", "llm_model": OTHER, "instead_of": FIRST, "calls": calls}
    run = make_run(monitor, "ok", **judged, **TEXT)

    said = words(see(client, f"/runs/{run.id}"))

    assert f"{FIRST} was out, so that {OTHER} judged." in said
    assert f"Asked for a verdict {FIRST} No verdict: {OUT}" in said
    assert f"Asked in its place {OTHER} said ok 1,200 tokens in, 34 out, $0.0042" in said
    llm = client.get(f"/runs/{run.id}").json["llm"]
    assert (llm["model"], llm["instead_of"], llm["calls"]) == (OTHER, FIRST, calls)


def test_a_verdict_without_a_line_says_so(client: FlaskClient, monitor: Monitor) -> None:
    calls = [
        call("verdict", FIRST, "alert", dropped_citations=2),
        call("citation", FIRST, "alert", dropped_citations=1),
    ]
    judged = {"summary": "It burns.", "llm_model": FIRST, "calls": calls, "findings": []}
    run = make_run(monitor, "alert", **judged, **TEXT)

    said = words(see(client, f"/runs/{run.id}"))

    assert "No line cited: no line of the log stands behind what the model says" in said
    assert "It cited 2 numbers that no line of the log has; they were dropped." in said
    assert "It cited 1 number that no line of the log has; it was dropped." in said
    assert client.get(f"/runs/{run.id}").json["no_line_cited"] is True


def test_what_was_counted_stands_beside_an_error_as_no_verdict(
    client: FlaskClient, monitor: Monitor
) -> None:
    failed = {"error_kind": "llm_unavailable", "error_message": OUT, "llm_model": FIRST}
    run = make_run(monitor, "error", **failed, **TEXT, findings=[COUNTED])

    said = words(see(client, f"/runs/{run.id}"))

    assert "What the built-in reading counted is below , and is no verdict." in said
    assert "By the built-in reading, as no model judged. It is no verdict." in said
    assert "An ERROR line. built-in reading APP, line 2 ERROR disk full" in said


def test_one_question_that_was_answered_needs_no_list(
    client: FlaskClient, monitor: Monitor
) -> None:
    judged = {"summary": "Fine.", "llm_model": FIRST, "calls": [call("verdict", FIRST, "ok")]}
    run = make_run(monitor, "ok", **judged, **TEXT)

    assert "Asked for a verdict" not in words(see(client, f"/runs/{run.id}"))


def test_an_alert_of_the_built_in_reading_says_who_was_asked_to_confirm_it(
    client: FlaskClient, monitor: Monitor
) -> None:
    calls = [call("second_opinion", OTHER, "alert")]
    judged = {"summary": "A full disk.", "llm_model": "builtin", "calls": calls, "fence": "12"}
    run = make_run(monitor, "alert", **judged, **TEXT, input_tokens=1200, findings=[COUNTED])

    said = words(see(client, f"/runs/{run.id}"))

    assert f"Asked for a second opinion {OTHER} said alert 1,200 tokens in" in said
    assert f"judged the text here, and {OTHER} was asked for a second opinion." in said
    assert f"for {OTHER}" in said
    assert "The whole message, word by word" in said
    assert "Look." in see(client, f"/runs/{run.id}/message")


@BOTH_DATABASES
def test_a_judged_run_names_the_version_of_its_instructions(
    client: FlaskClient, app: Flask, settings: Settings
) -> None:
    with Stub(good()) as stub:
        asking = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        judged = carried_out(settings.model_copy(update=asking), an_input("APP", "echo fine")).id
    by_reading = carried_out(settings, an_input("APP", "echo fine")).id

    assert client.get(f"/runs/{judged}").json["llm"]["prompt_version"] == PROMPT_VERSION
    assert f"openai:test-model instructions {PROMPT_VERSION} 100 tokens in" in words(
        see(client, f"/runs/{judged}")
    )
    assert client.get(f"/runs/{by_reading}").json["llm"]["prompt_version"] is None
    assert "instructions" not in words(see(client, f"/runs/{by_reading}"))
