"""Tests of the settings themselves, against real servers that behave and misbehave."""

import pytest

from tests.pipeline.analyze.llm_stub import SILENT, Stub, fails, good
from tests.pipeline.analyze.test_llm import NEEDS_ANTHROPIC
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.models import LlmUsage
from webapp.pipeline.checks import ask_model, send_test
from webapp.pipeline.spending import NO_MONITOR

pytestmark = pytest.mark.usefixtures("app")


def test_a_model_judges_the_sample_and_says_what_that_took(settings: Settings) -> None:
    with Stub(good()) as stub:
        check = ask_model(_with_llm(settings, stub))

    assert (check.model, check.ok, check.error) == ("openai:test-model", True, None)
    assert (check.status, check.summary) == ("alert", "The disk is full.")
    assert (check.input_tokens, check.output_tokens, check.cost_usd) == (100, 20, None)
    assert "No space left on device" in str(stub.asked[0]["messages"])
    assert not check.saw_nothing
    assert LlmUsage.since(utc_now().date(), NO_MONITOR).input_tokens == 100


def test_a_model_that_sees_nothing_in_the_sample_is_told_apart(settings: Settings) -> None:
    with Stub(good(status="ok", findings=[])) as stub:
        check = ask_model(_with_llm(settings, stub))

    assert (check.ok, check.saw_nothing) == (True, True)


def test_the_built_in_reading_asks_nobody(settings: Settings) -> None:
    check = ask_model(settings)

    assert (check.model, check.ok, check.status) == ("builtin", True, "alert")
    assert (check.input_tokens, check.cost_usd) == (0, 0.0)


def test_a_refusal_of_the_model_is_a_sentence_without_the_key(settings: Settings) -> None:
    with Stub(fails(401, "Incorrect API key provided: sk-hunter22222")) as stub:
        check = ask_model(_with_llm(settings, stub))

    assert not check.ok
    assert check.error
    assert "OPENAI_API_KEY" in check.error
    assert "hunter22222" not in check.error


def test_a_model_without_its_key_is_told_what_it_needs(settings: Settings) -> None:
    check = ask_model(settings, "anthropic:claude-haiku-4-5")

    assert (check.ok, check.error) == (
        False,
        f"anthropic:claude-haiku-4-5 {NEEDS_ANTHROPIC}",
    )


def test_a_model_that_never_answers_is_given_up(settings: Settings) -> None:
    with Stub(SILENT) as stub:
        check = ask_model(_with_llm(settings, stub).model_copy(update={"llm_timeout_seconds": 1}))

    assert not check.ok
    assert check.error
    assert "1 s" in check.error
    assert check.duration_ms < 10_000


def test_a_test_mail_arrives_and_says_what_it_is(settings: Settings) -> None:
    box = Mailbox()
    with smtp_server(box) as port:
        checks = [send_test("email", "ops@example.com", _with_smtp(settings, port)) for _ in "12"]

    assert [(check.ok, check.error) for check in checks] == [(True, None)] * 2
    first, second = box.letters
    assert first["Subject"].startswith("[TEST] This is a test")
    assert "http://127.0.0.1:8000/settings" in first.get_content()
    assert first["Message-ID"] != second["Message-ID"]


def test_a_refused_test_mail_brings_the_servers_own_sentence(settings: Settings) -> None:
    box = Mailbox({"ops@example.com": "550 5.1.1 No such user here"})
    with smtp_server(box) as port:
        check = send_test("email", "ops@example.com", _with_smtp(settings, port))

    assert (check.ok, check.error) == (
        False,
        f"The e-mail server 127.0.0.1:{port} refused ops@example.com: 550 5.1.1 No such user here.",
    )


@pytest.mark.parametrize(
    ("channel", "address", "sentence"),
    [
        ("email", "ops@example.com", "No e-mail server is configured; set SMTP_HOST."),
        ("sms", "+15551234567", "No SMS service is configured; set SMS_URL."),
    ],
)
def test_a_channel_that_is_not_set_says_what_to_set(
    settings: Settings, channel: str, address: str, sentence: str
) -> None:
    assert send_test(channel, address, settings).error == sentence  # type: ignore[arg-type]


def _with_llm(settings: Settings, stub: Stub) -> Settings:
    return settings.model_copy(
        update={"llm_model": "openai:test-model", "openai_base_url": stub.url}
    )


def _with_smtp(settings: Settings, port: int) -> Settings:
    return settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port})
