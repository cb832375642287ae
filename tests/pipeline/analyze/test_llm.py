import json
import re
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pipeline.analyze.llm_stub import SILENT, Reply, Stub, fails, good, says
from webapp.pipeline.analyze import analyze, analyze_logs_with_llm, builtin, check_model
from webapp.pipeline.analyze.estimate import price
from webapp.pipeline.analyze.providers import openai
from webapp.pipeline.values import Analysis, Call, Finding, LlmSettings, StageError, Usage, Verdict

DOCS = Path("docs/local-models.md")
LOGS = "[APP]\nwrite failed: No space left on device\nGET / 200"
LABELS = ["APP"]
KEY = "sk-very-secret-key"
NEEDS_ANTHROPIC = "needs ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL for a server of your own."
UNKNOWN = (
    "is no known model; LLM_MODEL is `builtin` or a provider and a name, "
    "such as openai:NAME, anthropic:NAME, ollama:NAME."
)
VERDICT = Verdict(
    status="alert",
    summary="The disk is full.",
    report="Line 2 says so.",
    recommendations=("Free some space.",),
    findings=(
        Finding(
            severity="alert",
            label="APP",
            line=2,
            quote="write failed: No space left on device",
            explanation="The disk is full.",
            verified=True,
        ),
    ),
)


def settings(url: str | None, **changes: object) -> LlmSettings:
    base = LlmSettings(
        "openai:test-model", timeout_seconds=10, openai_api_key=KEY, openai_base_url=url
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def judge(stub: Stub, **changes: object) -> Analysis:
    return analyze_logs_with_llm(
        "Is it well?", LOGS, labels=LABELS, settings=settings(stub.url, **changes)
    )


def failure(
    *script: Reply, trust: ssl.SSLContext | None = None, **changes: object
) -> tuple[StageError, Stub]:
    with Stub(*script, trust=trust) as stub, pytest.raises(StageError) as raised:
        judge(stub, **changes)
    assert KEY not in raised.value.message
    assert "test-model" in raised.value.message
    return raised.value, stub


def test_a_good_answer_is_a_verdict_that_quotes_the_log_itself_with_its_tokens() -> None:
    with Stub(good()) as stub:
        analysis = judge(stub)

    usage = Usage("openai:test-model", input_tokens=100, output_tokens=20, cost_usd=None)
    assert analysis == Analysis(VERDICT, usage, (Call("verdict", usage, "alert"),))


def test_the_model_gets_a_schema_a_token_limit_and_no_tools() -> None:
    with Stub(good()) as stub:
        judge(stub)

    (asked,) = stub.asked
    assert asked["response_format"]["type"] == "json_schema"
    assert asked["temperature"] == 0
    assert asked["max_completion_tokens"] == 8192
    assert "tools" not in asked
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]


def test_the_documented_names_of_own_models_get_the_schema_and_no_tools() -> None:
    documented = re.findall(r"^LLM_MODEL=((?:openai|ollama):.+)$", DOCS.read_text(), re.MULTILINE)
    names = [
        *documented,
        "openai:meta-llama/Llama-3.1-8B-Instruct",
        "openai:deepseek-ai/DeepSeek-V3",
    ]

    with Stub(good()) as stub:
        verdicts = [judge(stub, model=m, ollama_base_url=stub.url).verdict for m in names]

    assert {"openai:Qwen/Qwen3-8B", "ollama:qwen3"} <= set(documented)
    assert verdicts == [VERDICT] * len(names)
    for name, asked in zip(names, stub.asked, strict=True):
        assert asked["model"] == name.partition(":")[2]
        assert asked["response_format"]["type"] == "json_schema"
        assert "findings" in asked["response_format"]["json_schema"]["schema"]["properties"]
        assert not {"tools", "tool_choice"} & set(asked)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(fails(400, "This response_format type is unavailable now"), id="400"),
        pytest.param(fails(422, "unknown variant `json_schema`, expected `text`"), id="422"),
    ],
)
def test_a_server_that_refuses_the_schema_is_asked_without_it(refusal: Reply) -> None:
    with Stub(refusal, good()) as stub:
        analysis = judge(stub)

    assert analysis.verdict == VERDICT
    assert analysis.usage.input_tokens == 100
    first, second = stub.asked
    assert first["messages"] == second["messages"]
    assert "response_format" in first
    assert not {"response_format", "tools", "tool_choice"} & set(second)


def test_a_model_that_ignores_schemas_is_asked_for_the_form_and_has_no_tools_either() -> None:
    with Stub(good()) as stub:
        analysis = judge(stub, model="ollama:gpt-oss:120b-cloud", ollama_base_url=stub.url)

    assert analysis.verdict == VERDICT
    assert stub.asked[0]["response_format"] == {"type": "json_object"}
    assert not {"tools", "tool_choice"} & set(stub.asked[0])


def test_a_server_of_ones_own_needs_no_key_and_gets_none_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")

    with Stub(good()) as stub:
        judge(stub, openai_api_key=None)

    assert stub.headers[0]["Authorization"] == "Bearer none"


def test_ollama_is_asked_at_its_own_address() -> None:
    with Stub(good()) as stub:
        analysis = judge(stub, model="ollama:test-model", ollama_base_url=stub.url)

    assert analysis.verdict == VERDICT
    assert stub.asked[0]["model"] == "test-model"


def test_a_server_of_ones_own_has_no_providers_prices_whatever_its_models_are_called() -> None:
    with Stub(good()) as stub:
        analysis = judge(stub, model="openai:gpt-4o-mini")

    assert analysis.usage == Usage("openai:gpt-4o-mini", 100, 20, cost_usd=None)
    assert [call.usage.cost_usd for call in analysis.calls] == [None]


def test_a_providers_own_answer_is_priced_by_the_list_that_estimates_are_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mini = settings(None, model="openai:gpt-4o-mini")
    status, headers, body = good()
    answer = json.loads(body)
    answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 60}

    with Stub((status, headers, json.dumps(answer).encode())) as stub:
        monkeypatch.setattr(openai, "BASE_URL", stub.url)
        usage = analyze_logs_with_llm("?", LOGS, labels=LABELS, settings=mini).usage

    assert usage.cost_usd == price(mini, 100, 20, cached_tokens=60)
    assert usage.cost_usd == pytest.approx((40 * 0.15 + 60 * 0.075 + 20 * 0.6) / 1_000_000)


def test_an_invalid_answer_is_repaired_once_and_both_are_paid_for() -> None:
    with Stub(good(status="dangerous"), good()) as stub:
        analysis = judge(stub)

    assert analysis.verdict == VERDICT
    assert analysis.usage == Usage("openai:test-model", input_tokens=200, output_tokens=40)


def test_answers_that_could_not_be_used_are_paid_for_all_the_same() -> None:
    error, _ = failure(says("It all looks fine to me."))

    assert error.usage == Usage("openai:test-model", input_tokens=200, output_tokens=40)


def test_a_question_that_was_refused_took_nothing() -> None:
    error, _ = failure(fails(401))

    assert error.usage is None


def test_a_question_without_an_answer_in_time_counts_as_sent() -> None:
    error, stub = failure(good(status="dangerous"), SILENT, timeout_seconds=1)

    sent = sum(len(message["content"]) for message in stub.asked[0]["messages"])
    assert error.kind == "timeout"
    assert error.usage
    assert (error.usage.input_tokens, error.usage.output_tokens) == (100 + round(sent / 2.5), 20)


@pytest.mark.parametrize(
    ("reply", "times"),
    [
        pytest.param(says('{"status": "ok"}'), 2, id="no summary"),
        pytest.param(says("[]"), 2, id="a list"),
        pytest.param(says(""), 2, id="nothing"),
        pytest.param((200, {}, b'{"choices": []}'), 1, id="no choice"),
        pytest.param((200, {}, b"<html>hello</html>"), 1, id="a web page"),
    ],
)
def test_an_answer_of_another_form_is_never_a_verdict(reply: Reply, times: int) -> None:
    error, stub = failure(reply)

    assert error.kind == "llm_invalid"
    assert "nothing was judged" in error.message
    assert len(stub.asked) == times


def test_an_answer_that_ran_out_of_tokens_is_invalid() -> None:
    error, _ = failure(says('{"findings": [{"severity": "al', finish="length"))

    assert error.kind == "llm_invalid"
    assert "did not come to the end of its answer" in error.message


def test_a_refused_key_names_the_variable_to_set() -> None:
    error, stub = failure(fails(401, f"Incorrect API key provided: {KEY}"))

    assert error.kind == "llm_unavailable"
    assert error.message == (
        f"openai:test-model at {stub.url} refused the API key (401); set OPENAI_API_KEY."
    )
    assert len(stub.asked) == 1


def test_a_rejected_request_repeats_the_servers_words_without_the_key() -> None:
    error, stub = failure(fails(400, f"bad\nparameter, {KEY}"))

    assert len(stub.asked) == 1
    assert error.kind == "llm_unavailable"
    assert "failed (400): bad parameter, [hidden]" in error.message


def test_a_rate_limit_is_waited_for() -> None:
    started = time.monotonic()

    with Stub(fails(429, Retry_After="1"), good()) as stub:
        analysis = judge(stub)

    assert analysis.verdict == VERDICT
    assert 1 <= time.monotonic() - started < 5


def test_a_rate_limit_that_outlasts_the_deadline_is_not_waited_for() -> None:
    started = time.monotonic()

    error, stub = failure(fails(429, Retry_After="60"))

    assert error.kind == "llm_unavailable"
    assert "is limiting requests (429) and asks to wait 60 s" in error.message
    assert len(stub.asked) == 1
    assert time.monotonic() - started < 5


def test_an_outage_that_passes_is_no_failure() -> None:
    with Stub(fails(503, Retry_After="0"), good()) as stub:
        analysis = judge(stub)

    assert analysis.verdict == VERDICT


def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    with Stub(good()) as stub:
        pass

    with pytest.raises(StageError) as raised:
        judge(stub)

    assert raised.value.kind == "llm_unavailable"
    assert "cannot be reached" in raised.value.message


def test_a_silent_server_is_a_timeout_at_the_deadline() -> None:
    started = time.monotonic()

    error, stub = failure(SILENT, timeout_seconds=1)

    assert error.kind == "timeout"
    assert f"at {stub.url} gave no verdict within 1 s" in error.message
    assert 1 <= time.monotonic() - started < 3


def test_what_is_left_of_the_run_shortens_the_deadline() -> None:
    with Stub(SILENT) as stub, pytest.raises(StageError) as raised:
        analyze_logs_with_llm("?", LOGS, settings=settings(stub.url), deadline_seconds=0.5)

    assert raised.value.kind == "timeout"
    assert "within 0.5 s" in raised.value.message


def test_a_run_without_time_left_asks_nobody() -> None:
    with Stub(good()) as stub, pytest.raises(StageError) as raised:
        analyze_logs_with_llm("?", LOGS, settings=settings(stub.url), deadline_seconds=0)

    assert raised.value.kind == "timeout"
    assert stub.asked == []


def test_many_threads_share_one_event_loop() -> None:
    analyses: list[Analysis] = []

    with Stub(good()) as stub:
        threads = [threading.Thread(target=lambda: analyses.append(judge(stub))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [analysis.verdict for analysis in analyses] == [VERDICT] * 20
    assert [thread.name for thread in threading.enumerate()].count("llm") == 1


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"model": "builtin"}, None),
        ({}, None),
        ({"openai_api_key": None, "openai_base_url": "http://127.0.0.1:1/v1"}, None),
        (
            {"openai_api_key": None},
            "openai:test-model needs OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.",
        ),
        ({"model": "anthropic:claude", "anthropic_base_url": "http://127.0.0.1:1"}, None),
        (
            {"model": "anthropic:claude"},
            f"anthropic:claude {NEEDS_ANTHROPIC}",
        ),
        ({"model": "ollama:qwen"}, "ollama:qwen needs OLLAMA_BASE_URL."),
        ({"model": "acme:one"}, f"'acme:one' {UNKNOWN}"),
        ({"model": "openai:"}, f"'openai:' {UNKNOWN}"),
    ],
)
def test_an_incomplete_configuration_is_told_before_anything_is_sent(
    changes: dict[str, object], problem: str | None
) -> None:
    assert check_model(settings(None, **changes)) == problem


def test_an_incomplete_configuration_is_unavailable() -> None:
    with pytest.raises(StageError) as raised:
        analyze("?", LOGS, labels=LABELS, settings=settings(None, openai_api_key=None))

    assert raised.value.kind == "llm_unavailable"


def test_the_facts_and_the_missing_slices_reach_the_model() -> None:
    with Stub(good()) as stub:
        analyze(
            "?",
            LOGS,
            labels=LABELS,
            settings=settings(stub.url),
            missing=["ERRORS"],
            partial=["STATS"],
        )

    message = stub.asked[0]["messages"][1]["content"]
    assert builtin.facts(LOGS, LABELS) in message
    assert "missing from this excerpt: ERRORS" in message
    assert "Read only in part, as reading failed: STATS" in message


def test_builtin_is_chosen_by_its_name() -> None:
    analysis = analyze("?", LOGS, labels=LABELS, settings=settings(None, model="builtin"))

    assert analysis == Analysis(
        builtin.read(LOGS, LABELS), Usage("builtin", input_tokens=0, output_tokens=0, cost_usd=0.0)
    )
