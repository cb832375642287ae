from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.api.making import make_monitor, make_target
from webapp.models import Monitor

INPUTS = [{"label": "APP", "command": "echo ERROR disk full"}]


def test_a_monitor_is_previewed_before_it_is_saved(client: FlaskClient) -> None:
    answer = client.post("/api/monitors/preview", json=_body(client))

    shown = answer.json
    assert answer.status_code == 200, answer.text
    assert (shown["logs_text"], shown["problem"]) == ("[APP]\nERROR disk full", None)
    assert shown["inputs"][0]["kept_lines"] == 1
    assert (shown["instructions"], shown["message"]) == (None, None)
    assert shown["estimate"] == {
        "model": "builtin",
        "input_tokens": 0,
        "output_tokens": 0,
        "measured_runs": 0,
        "cost_usd": 0.0,
        "runs_a_month": 8640,
        "cost_usd_a_month": 0.0,
    }
    assert client.get("/api/monitors").json == []


def test_a_monitor_is_tried_before_it_is_saved(client: FlaskClient) -> None:
    tried = client.post("/monitors/try", json=_body(client)).json

    assert (tried["status"], tried["error"]) == ("alert", None)
    assert tried["findings"][0]["quote"] == "ERROR disk full"
    assert tried["llm"]["model"] == "builtin"
    assert tried["logs_text"] == "[APP]\nERROR disk full"


def test_a_try_that_cannot_judge_says_why(client: FlaskClient) -> None:
    tried = client.post("/monitors/try", json=_body(client, llm_model="openai:gpt-5-mini")).json

    sentence = (
        "openai:gpt-5-mini needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own."
    )
    assert (tried["status"], tried["problem"], tried["llm"]) == ("error", sentence, None)
    assert tried["error"] == {"kind": "llm_unavailable", "message": sentence}
    assert tried["message"].count("ERROR disk full") == 1


def test_a_saved_monitor_is_previewed_and_tried_as_it_is(client: FlaskClient, app: Flask) -> None:
    target = make_target(client)
    monitor = make_monitor(client, target_id=target["id"], inputs=INPUTS)

    shown = client.post(f"/monitors/{monitor['id']}/preview").json
    tried = client.post(f"/monitors/{monitor['id']}/try").json

    assert shown["logs_text"] == tried["logs_text"] == "[APP]\nERROR disk full"
    assert tried["status"] == "alert"
    saved = Monitor.get(monitor["id"])
    assert saved
    assert saved.latest_run() is None


def test_what_could_not_be_saved_is_refused_at_its_fields(client: FlaskClient) -> None:
    bad = _body(client, interval_seconds=1, inputs=[{"label": "A", "mode": "command"}])

    for address in ("/monitors/preview", "/monitors/try"):
        answer = client.post(address, json=bad)

        assert answer.status_code == 422
        fields = [error["field"] for error in answer.json["errors"]]
        assert fields == ["inputs.0.command", "interval_seconds"]


def _body(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    target = make_target(client)
    body = {"name": "App", "prompt": "Look.", "target_id": target["id"], "inputs": INPUTS}
    return body | fields
