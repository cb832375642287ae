"""A Run that reuses a verdict, and the switch for it, as a person meets them."""

import pytest
from flask.testing import FlaskClient

from tests.pages.making import make_monitor, make_run, make_target, see, send, words
from tests.pages.test_monitor_form import INPUTS, TYPED
from webapp.clock import utc_now
from webapp.extensions import writing
from webapp.models import LlmUsage, Monitor, Run

ASKED = {"llm_model": "openai:gpt-5-mini", "prompt": "Look.", "logs_text": "[DF]\nfine"}


@pytest.fixture
def monitor(client: FlaskClient) -> Monitor:
    return make_monitor(make_target())


def reusing(monitor: Monitor, run_id: int) -> Run:
    reused = {"input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0, "reused_from": run_id}
    return make_run(monitor, "ok", summary="Nothing is new.", **ASKED, **reused)


def test_a_run_links_the_run_whose_verdict_it_reuses(client: FlaskClient, monitor: Monitor) -> None:
    judged = make_run(monitor, "ok", summary="All is well.", **ASKED, input_tokens=900)
    run = reusing(monitor, judged.id)

    page = see(client, f"/runs/{run.id}")

    link = f'this is the verdict of <a href="/runs/{judged.id}">Run {judged.id}</a>.'
    assert f"No model was asked: {link}" in page
    said = words(page)
    assert f"Nothing was sent: the verdict of Run {judged.id} is reused." in said
    assert "openai:gpt-5-mini not asked $0" in said
    assert "The whole message, word by word" not in said
    assert client.get(f"/runs/{run.id}").json["llm"] == {
        "model": "openai:gpt-5-mini",
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "reused_from": judged.id,
        "instead_of": None,
        "prompt_version": None,
        "context_tokens": None,
        "calls": [],
    }


def test_a_run_that_is_gone_is_named_and_not_linked(client: FlaskClient, monitor: Monitor) -> None:
    run = reusing(monitor, 4711)

    page = see(client, f"/runs/{run.id}")

    assert "this is the verdict of Run 4711, which is kept no longer." in words(page)
    assert 'href="/runs/4711"' not in page


def test_what_was_reused_is_said_beside_what_was_spent(
    client: FlaskClient, monitor: Monitor
) -> None:
    with writing():
        LlmUsage.add_reused(monitor.id, utc_now().date(), ASKED["llm_model"])

    said = "This month 1 Run reused a verdict, and no LLM was asked"
    assert said in words(see(client, "/settings"))
    assert said in words(see(client, f"/monitors/{monitor.id}"))


def test_reusing_is_switched_and_bounded_in_the_form(client: FlaskClient, monitor: Monitor) -> None:
    sent = TYPED | INPUTS | {"target": "here"}

    send(client, f"/monitors/{monitor.id}", sent | {"reuse_verdicts": "y", "judge_every": "5"})
    switched_on = monitor.cost_config
    send(client, f"/monitors/{monitor.id}", sent | {"judge_every": ""})
    refused = send(client, f"/monitors/{monitor.id}", sent | {"judge_every": "1"})

    assert (switched_on["reuse_verdicts"], switched_on["judge_every"]) == (True, 5)
    kept = monitor.cost_config
    assert (kept["reuse_verdicts"], kept["judge_every"]) == (False, 12)
    assert 'id="judge_every-error-1">This must be 2 or more.</p>' in refused.text
