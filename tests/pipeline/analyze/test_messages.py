"""A model by Anthropic's Messages API: what is sent, and what becomes of good answers."""

import pytest

from tests.pipeline.analyze.llm_stub import Reply
from tests.pipeline.analyze.messages_stub import MessagesStub, fails, good, says
from tests.pipeline.analyze.test_llm import KEY, LABELS, LOGS, VERDICT
from webapp.pipeline.analyze import analyze_logs_with_llm
from webapp.pipeline.values import Analysis, LlmSettings, StageError, Usage

MODEL = "anthropic:claude-haiku-4-5"


def judge(stub: MessagesStub, model: str = MODEL, key: str | None = KEY) -> Analysis:
    llm = LlmSettings(model, 60, anthropic_api_key=key, anthropic_base_url=stub.url)
    return analyze_logs_with_llm("Is it well?", LOGS, labels=LABELS, settings=llm)


def test_a_good_answer_is_a_verdict_with_its_tokens_and_nobodys_price() -> None:
    with MessagesStub(good()) as stub:
        analysis = judge(stub)

    assert analysis.verdict == VERDICT
    assert analysis.usage == Usage(MODEL, input_tokens=100, output_tokens=20, cost_usd=None)
    assert KEY in str(stub.headers[0])


def test_the_model_gets_a_schema_a_token_limit_and_no_tools() -> None:
    with MessagesStub(good()) as stub:
        judge(stub)

    (asked,) = stub.asked
    assert asked["output_config"]["format"]["type"] == "json_schema"
    assert "findings" in asked["output_config"]["format"]["schema"]["properties"]
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == (
        "claude-haiku-4-5",
        8192,
        0,
    )
    assert not {"tools", "tool_choice"} & set(asked)


@pytest.mark.parametrize("model", ["anthropic:claude-3-haiku-20240307", "anthropic:Qwen/Qwen3-8B"])
def test_a_model_that_knows_no_schema_is_asked_for_the_form_alone(model: str) -> None:
    with MessagesStub(good()) as stub:
        analysis = judge(stub, model)

    assert analysis.verdict == VERDICT
    assert not {"output_config", "tools", "tool_choice"} & set(stub.asked[0])


def test_a_server_that_refuses_the_schema_is_asked_without_it() -> None:
    with MessagesStub(fails(400, "output_config: Extra inputs are not permitted"), good()) as stub:
        analysis = judge(stub)

    assert analysis.verdict == VERDICT
    assert "output_config" not in stub.asked[1]


def test_a_server_of_ones_own_gets_nothing_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sk-of-the-environment")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")

    with MessagesStub(good()) as stub:
        judge(stub, key=None)

    assert "sk-of-the-environment" not in str(stub.headers[0])


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(good(status="dangerous"), id="an invalid answer"),
        pytest.param(fails(529, Retry_After="0"), id="an overload"),
        pytest.param(fails(429, Retry_After="0"), id="a rate limit"),
    ],
)
def test_what_may_pass_is_asked_again(first: Reply) -> None:
    with MessagesStub(first, good()) as stub:
        analysis = judge(stub)

    assert analysis.verdict == VERDICT
    assert len(stub.asked) == 2


def test_an_answer_that_ran_out_of_tokens_is_invalid() -> None:
    cut = says('{"findings": [{"severity": "al', stop="max_tokens")

    with MessagesStub(cut) as stub, pytest.raises(StageError) as raised:
        judge(stub)

    assert raised.value.kind == "llm_invalid"
    assert "did not come to the end of its answer" in raised.value.message
