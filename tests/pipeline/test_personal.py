"""What is hidden beside secrets, where a Monitor asks for it."""

import pytest
from flask import Flask

from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.test_run import an_input, carried_out
from webapp.config import Settings
from webapp.pipeline.analyze import local
from webapp.pipeline.analyze.local import why_not_local
from webapp.pipeline.redact import Redactor
from webapp.pipeline.values import LlmSettings


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("email", "to <{}>, again"),
        ("email", "from={};"),
        ("ip", "{} - - GET /"),
        ("ip", "to {}:443."),
        ("ip", "[{}] closed"),
        ("card", "paid with {}, approved"),
        ("card", '{{"card":"{}"}}'),
    ],
)
def test_each_kind_is_hidden_where_it_is_asked_for_and_nowhere_else(kind: str, text: str) -> None:
    examples = {
        "email": ["ada.l+x@mail.example.com"],
        "ip": ["203.0.113.7", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "::ffff:203.0.113.7"],
        "card": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"],
    }
    for example in examples[kind]:
        if ":443" in text and ":" in example:
            continue
        line = text.format(example)

        redacted = Redactor(also=[kind]).redact(line)

        assert redacted.text == line.replace(example, f"[REDACTED:{kind}:1]")
        assert redacted.counts == {kind: 1}
        assert Redactor().redact(line).text == line


@pytest.mark.parametrize(
    "line",
    [
        "at 12:34:56 from 127.0.0.1 and ::1 on 0.0.0.0",
        "version 1.2.3 of std::vector, at 999.1.1.1",
        "mac 2f:3d:03:8c:58:d0 order 1234567890123456",
        "at 1769846400123456789 ns, id 4111111111111112",
        "user@host, @ops, a@b",
    ],
)
def test_what_only_looks_like_it_stays(line: str) -> None:
    assert Redactor(also=["card", "email", "ip"]).redact(line).text == line


def test_the_same_address_has_the_same_number() -> None:
    redacted = Redactor(also=["ip"]).redact("203.0.113.7 203.0.113.8 203.0.113.7")

    assert redacted.text == "[REDACTED:ip:1] [REDACTED:ip:2] [REDACTED:ip:1]"


def test_a_run_hides_what_its_monitor_asks_for(app: Flask, settings: Settings) -> None:
    command = "echo 'INFO ada@example.com from 203.0.113.7 paid with 4111111111111111'"

    usual = carried_out(settings, an_input("SHOP", command)).redactions
    strict = carried_out(
        settings, an_input("SHOP", command), privacy_config={"redact": ["email", "ip"]}
    )

    assert usual == {"card": 1}
    assert strict.redactions == {"email": 1, "ip": 1}
    assert strict.logs_text == (
        "[SHOP]\nINFO [REDACTED:email:1] from [REDACTED:ip:1] paid with 4111111111111111"
    )


@pytest.mark.parametrize(
    "settings",
    [
        LlmSettings("builtin", 1),
        LlmSettings("openai:m", 1, openai_base_url="http://127.0.0.1:8080/v1"),
        LlmSettings("openai:m", 1, openai_base_url="http://[::1]:8080/v1"),
        LlmSettings("openai:m", 1, openai_base_url="http://localhost:8080/v1"),
        LlmSettings("anthropic:m", 1, anthropic_base_url="http://192.168.1.2:4000"),
        LlmSettings("ollama:m", 1, ollama_base_url="http://10.1.2.3:11434/v1"),
    ],
)
def test_a_model_of_this_machine_or_its_private_network_is_local(settings: LlmSettings) -> None:
    assert why_not_local(settings) is None


@pytest.mark.parametrize(
    "settings",
    [
        LlmSettings("openai:m", 1),
        LlmSettings("anthropic:m", 1, openai_base_url="http://127.0.0.1/v1"),
        LlmSettings("anthropic:m", 1, anthropic_base_url="https://8.8.8.8"),
        LlmSettings("openai:m", 1, openai_base_url="https://8.8.8.8/v1"),
        LlmSettings("openai:m", 1, openai_base_url="https://10.0.0.1@8.8.8.8/v1"),
        LlmSettings("ollama:m", 1),
    ],
)
def test_any_other_model_is_not(settings: LlmSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        local, "_THEIRS", {"openai": "https://8.8.8.8", "anthropic": "https://9.9.9.9"}
    )

    assert "Nothing was sent." in (why_not_local(settings) or "")


def test_nothing_leaves_where_only_a_local_model_may_judge(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stub(good()) as stub:
        asking = settings.model_copy(
            update={"llm_model": "openai:test-model", "openai_base_url": stub.url}
        )
        private = {"privacy_config": {"local_model_only": True}}
        here = carried_out(asking, an_input("SHOP", "echo INFO fine"), **private).status
        monkeypatch.setattr(local, "_is_private", lambda address: False)
        away = carried_out(asking, an_input("SHOP", "echo INFO fine"), **private)

    assert here == "alert"
    assert (away.status, away.error_kind) == ("error", "llm_unavailable")
    assert "may be judged by a local model only" in (away.error_message or "")
    assert len(stub.asked) == 1


def test_a_local_model_behind_a_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = LlmSettings("ollama:m", 10, ollama_base_url="http://127.0.0.1:11434")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")

    refused = why_not_local(settings)
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    assert "by way of a proxy" in (refused or "")
    assert why_not_local(settings) is None
