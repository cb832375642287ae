import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from tests.pages.making import BROWSER, HTMX, make_monitor, make_target, see, send, words
from tests.pipeline.analyze.llm_stub import Stub, fails, good
from tests.pipeline.analyze.model_servers import vllm
from tests.pipeline.http_server import serving
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.rows import new_claim, new_monitor
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import writing
from webapp.models import LlmUsage

HOSTILE = '</p><script>alert(1)</script>"><img onerror=x>{{7*7}}'
MARK = "hunter22222"
# A secret in each address, before its @ or in its query.
ADDRESSES = {
    "database_url": f"postgresql://user:{MARK}@db/monitor?password={MARK}",
    "redis_url": f"redis://user:{MARK}@127.0.0.1:1/0",
    "docker_host": f"tcp://user:{MARK}@127.0.0.1:2375",
    "base_url": f"https://{MARK}@monitor.example.com",
    "openai_base_url": f"http://user:{MARK}@127.0.0.1:1/v1?key={MARK}",
    "anthropic_base_url": f"http://user:{MARK}@127.0.0.1:1?key={MARK}",
    "ollama_base_url": f"http://{MARK}@127.0.0.1:1/v1#{MARK}",
}


def test_the_page_shows_every_variable_and_who_judges(client: FlaskClient) -> None:
    make_monitor(make_target())

    page = see(client, "/settings")

    assert [
        name for name in Settings.model_fields if f"<code>{name.upper()}</code>" not in page
    ] == []
    assert "ready builtin LLM_MODEL , judges 1 Monitor" in words(page)
    assert "No e-mail is sent: no server is set." in page
    assert "CPU time 300 s" in words(page)
    assert "in between a command may use more." in page
    assert "PORT 8000 by default Port that the web server listens on." in words(page)


def test_a_model_that_a_monitor_names_says_what_it_lacks(client: FlaskClient) -> None:
    make_monitor(make_target(), llm_model="anthropic:claude-haiku-4-5")

    page = words(see(client, "/settings"))

    assert "ready builtin LLM_MODEL , judges 0 Monitors" in page
    assert "not ready anthropic:claude-haiku-4-5 judges 1 Monitor" in page
    assert "anthropic:claude-haiku-4-5 needs ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL" in page


def test_what_servers_serve_is_asked_once_the_page_is_there(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    with serving(vllm({"qwen": 4096, HOSTILE.replace(" ", ""): 8192})) as server:
        _set(app, settings, llm_model="openai:qwen", openai_base_url=f"{server.url}/v1")
        make_monitor(make_target(), llm_model="openai:gone")
        page = see(client, "/settings")
        asked_by_page = len(server.requests)
        fragment = client.get("/settings/models", headers=HTMX).text
        plain = see(client, "/settings/models")
        later = see(client, "/settings")
        offered = client.get("/settings/models-offered", headers=HTMX).text

    place = server.url.removeprefix("http://")
    assert (asked_by_page, len(server.requests)) == (0, 1)
    assert 'hx-get="/settings/models" hx-trigger="load"' in page
    assert "hx-trigger" not in fragment and "<html" not in fragment
    for told in (fragment, plain, later):
        assert "openai:qwen LLM_MODEL , judges 0 Monitors, reads 4,096 tokens at once" in words(
            told
        )
        assert f"{place} does not serve openai:gone; it serves qwen" in words(told)
        assert f"{place} serves 2 models" in words(told)
    assert '<option value="openai:qwen">' in offered
    assert [tag in text for tag in ("<script>alert", "<img") for text in (later, offered)] == [
        False
    ] * 4


def test_a_server_that_is_out_breaks_no_page(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    _set(app, settings, llm_model="openai:qwen", openai_base_url="http://127.0.0.1:1/v1")

    told = words(client.get("/settings/models", headers=HTMX).text)
    offered = client.get("/settings/models-offered", headers=HTMX)

    assert "ready openai:qwen LLM_MODEL , judges 0 Monitors" in told
    assert "127.0.0.1:1 does not tell which models it serves: it cannot be reached." in told
    assert (offered.status_code, offered.text.count("<option")) == (200, 1)


def test_a_run_that_got_no_verdict_of_late_is_named(client: FlaskClient) -> None:
    claim = new_claim(new_monitor(llm_model="openai:small"), utc_now())
    failed = {"error_kind": "llm_unavailable", "error_message": "<i>No</i> route."}
    claim.record_verdict([], verdict="error", llm_model="openai:small", **failed)
    claim.finish(utc_now(), keep=200)

    page = see(client, "/settings")

    assert "The last Run that asked openai:small got no verdict" in words(page)
    assert "&lt;i&gt;No&lt;/i&gt; route." in page
    assert f'<a href="/runs/{claim.run_id}">Run {claim.run_id}</a>' in page


def test_hostile_words_of_a_model_and_of_a_failed_run_are_text(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    claim = new_claim(new_monitor(), utc_now())
    error = {"verdict": "error", "error_kind": "llm_invalid", "error_message": HOSTILE}
    claim.record_verdict([], llm_model="openai:test-model", **error)
    claim.finish(utc_now(), keep=200)
    with Stub(good(summary=HOSTILE)) as stub:
        _set(app, settings, llm_model="openai:test-model", openai_base_url=stub.url)
        tested = send(client, "/settings/test-llm", {}, **HTMX).text
    page = see(client, "/settings")

    escaped = "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#34;&gt;&lt;img onerror=x&gt;{{7*7}}"
    assert [escaped in text for text in (tested, page)] == [True, True]
    assert [tag in text for tag in ("<script>alert", "<img") for text in (tested, page)] == [
        False
    ] * 4


def test_what_llms_took_this_month_is_told(client: FlaskClient) -> None:
    before = words(see(client, "/settings"))
    used = {"model": "openai:gpt-5-mini", "input_tokens": 1200, "output_tokens": 34}
    with writing():
        LlmUsage.add(1, utc_now().date(), [used | {"cost_usd": 0.0042}])
        LlmUsage.add(1, utc_now().date(), [used | {"cost_usd": None}])

    page = words(see(client, "/settings"))

    assert "No LLM was asked this month, tests included." in before
    told = "This month 2,400 tokens in, 68 out, $0.0042 and 1 Run of no known price"
    assert f"{told}, tests included." in page


def test_no_secret_is_in_the_page_or_in_the_json(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    _set(app, settings, **_secrets())

    answers = {
        "page": client.get("/settings", headers=BROWSER),
        "json": client.get("/api/settings"),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "page": 200,
        "json": 200,
    }
    assert [name for name, answer in answers.items() if MARK in answer.text] == []
    assert "redis://•••@127.0.0.1:1/0" in answers["page"].text
    assert "OPENAI_API_KEY set, not shown" in words(answers["page"].text)


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_the_model_is_tested_in_place_and_without_javascript(
    app: Flask, client: FlaskClient, settings: Settings, headers: dict[str, str]
) -> None:
    with Stub(good(summary="<b>full</b>")) as stub:
        _set(app, settings, llm_model="openai:test-model", openai_base_url=stub.url)
        answer = send(client, "/settings/test-llm", {"model": "openai:test-model"}, **headers)

    said = words(answer.text)
    assert answer.status_code == 200
    assert "openai:test-model works." in said
    assert "alert &lt;b&gt;full&lt;/b&gt;" in said
    assert "100 tokens in, 20 tokens out, cost unknown" in said
    assert ("<html" in answer.text) == (headers == {})


def test_a_model_that_fails_says_why(app: Flask, client: FlaskClient, settings: Settings) -> None:
    with Stub(fails(401, f"Incorrect API key {MARK}")) as stub:
        _set(app, settings, llm_model="openai:test-model", openai_base_url=stub.url)
        answer = send(client, "/settings/test-llm", {"model": "openai:test-model"}, **HTMX)

    assert answer.status_code == 200
    assert "openai:test-model gave no verdict." in words(answer.text)
    assert MARK not in answer.text


def test_the_built_in_reading_says_that_no_model_was_asked(client: FlaskClient) -> None:
    answer = send(client, "/settings/test-llm", {"model": "builtin"}, **HTMX)

    assert "no model was asked" in words(answer.text)


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_a_test_mail_is_sent_and_said(
    app: Flask, client: FlaskClient, settings: Settings, headers: dict[str, str]
) -> None:
    box = Mailbox()
    with smtp_server(box) as port:
        _set(app, settings, smtp_host="127.0.0.1", smtp_port=port)
        answer = send(client, "/settings/test-mail", {"recipient": " ops@example.com "}, **headers)

    assert box.recipients == [["ops@example.com"]]
    assert "Sent to ops@example.com in" in words(answer.text)
    assert ("<html" in answer.text) == (headers == {})


def test_the_mail_servers_own_sentence_is_shown_as_text(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    box = Mailbox({"ops@example.com": "550 <script>alert(1)</script>"})
    with smtp_server(box) as port:
        _set(app, settings, smtp_host="127.0.0.1", smtp_port=port)
        answer = send(client, "/settings/test-mail", {"recipient": "ops@example.com"}, **HTMX)

    assert "Not sent to ops@example.com." in words(answer.text)
    assert "550 &lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


def test_what_is_no_address_is_refused_at_its_field_and_stays(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    _set(app, settings, smtp_host="127.0.0.1")

    answer = send(client, "/settings/test-mail", {"recipient": '"><img onerror'}, **HTMX)

    assert answer.status_code == 422
    assert 'id="mail-recipient-error-1">This is no e-mail address' in answer.text
    assert 'value="&#34;&gt;&lt;img onerror"' in answer.text


def test_a_test_sms_says_what_is_wrong_with_the_number_or_the_service(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    _set(app, settings, sms_url=SecretStr(f"nonsense://{MARK}"))

    bad = send(client, "/settings/test-sms", {"recipient": "no number"}, **HTMX)
    failed = send(client, "/settings/test-sms", {"recipient": "+1 555 123 4567"})

    assert bad.status_code == 422
    assert "This must be a phone number such as +15551234567." in bad.text
    assert "Not sent to +15551234567. SMS_URL is no URL that Apprise can use." in words(failed.text)
    assert MARK not in failed.text


def _set(app: Flask, settings: Settings, **values: object) -> None:
    app.extensions["settings"] = settings.model_copy(update=values)


def _secrets() -> dict[str, object]:
    """One in every variable that is a secret, and in every address."""
    hidden = {
        name: SecretStr(f"any://{MARK}")
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    return hidden | ADDRESSES
