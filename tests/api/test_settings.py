from flask import Flask
from flask.testing import FlaskClient

from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.analyze.model_servers import vllm
from tests.pipeline.http_server import serving
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from webapp.config import Settings


def test_the_settings_are_told_as_they_hold(client: FlaskClient) -> None:
    told = client.get("/api/settings").json

    variables = {one["name"]: one for one in told["variables"]}
    assert told["models"] == [
        {
            "model": "builtin",
            "monitors": 0,
            "problem": None,
            "is_fallback": False,
            "context_tokens": None,
        }
    ]
    assert told["model_servers"] == []
    assert (told["mail_configured"], told["sms_configured"]) == (False, False)
    assert list(variables) == [name.upper() for name in Settings.model_fields]
    assert variables["PORT"] == {
        "name": "PORT",
        "part": "Service",
        "value": "8000",
        "is_set": False,
        "secret": False,
        "description": "Port that the web server listens on.",
    }
    assert variables["OPENAI_API_KEY"]["value"] is None
    assert told["commands"]["limits"]["Memory"] == "1,024 MB"


def test_what_servers_serve_and_how_much_their_models_read_is_told(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    with serving(vllm({"qwen": 4096, "other": None})) as server:
        mine = {"llm_model": "openai:qwen", "openai_base_url": f"{server.url}/v1"}
        app.extensions["settings"] = settings.model_copy(
            update=mine | {"llm_fallback": "openai:gone"}
        )
        told = client.get("/api/settings").json

    place = server.url.removeprefix("http://")
    problem = f"{place} does not serve openai:gone; it serves qwen, other."
    assert [(one["context_tokens"], one["problem"]) for one in told["models"]] == [
        (4096, None),
        (None, problem),
    ]
    assert told["model_servers"] == [
        {
            "provider": "openai",
            "server": place,
            "models": ["openai:qwen", "openai:other"],
            "problem": None,
        }
    ]


def test_a_model_is_tested(app: Flask, client: FlaskClient, settings: Settings) -> None:
    with Stub(good()) as stub:
        app.extensions["settings"] = settings.model_copy(update={"openai_base_url": stub.url})
        told = client.post("/api/settings/test-llm?model=openai:test-model").json

    assert told.pop("duration_ms") >= 0
    assert told == {
        "model": "openai:test-model",
        "ok": True,
        "status": "alert",
        "summary": "The disk is full.",
        "input_tokens": 100,
        "output_tokens": 20,
        "cost_usd": None,
        "error": None,
    }


def test_what_is_no_model_is_refused(client: FlaskClient) -> None:
    refused = client.post("/api/settings/test-llm?model=gpt")

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["model"]


def test_a_test_mail_is_sent(app: Flask, client: FlaskClient, settings: Settings) -> None:
    box = Mailbox()
    with smtp_server(box) as port:
        app.extensions["settings"] = settings.model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": port}
        )
        told = client.post("/api/settings/test-mail", json={"recipient": "ops@example.com"}).json

    assert told.pop("duration_ms") >= 0
    assert told == {"recipient": "ops@example.com", "ok": True, "error": None}
    assert len(box.letters) == 1


def test_a_test_sms_without_a_service_says_what_to_set(client: FlaskClient) -> None:
    told = client.post("/api/settings/test-sms", json={"recipient": "+1 555 123 4567"}).json

    assert (told["recipient"], told["ok"]) == ("+15551234567", False)
    assert told["error"] == "No SMS service is configured; set SMS_URL."
