import pytest

from webapp.pipeline.analyze.estimate import Estimate, Used, estimate, price
from webapp.pipeline.values import LlmSettings

MINI = LlmSettings("openai:gpt-5-mini", timeout_seconds=60, openai_api_key="k")
EVERY_FIVE_MINUTES = 300


def test_without_earlier_runs_a_token_is_two_and_a_half_characters() -> None:
    told = estimate(MINI, 10_000, 2000, [], EVERY_FIVE_MINUTES)

    assert (told.input_tokens, told.output_tokens, told.measured_runs) == (4000, 400, 0)
    assert told.runs_a_month == 8640
    assert told.cost_usd is not None
    assert told.cost_usd_a_month == pytest.approx(8640 * told.cost_usd)


def test_earlier_runs_say_how_many_characters_a_token_is() -> None:
    used = [Used(chars=6000, input_tokens=4000, output_tokens=100), Used(2000, 2000, 300)]

    told = estimate(MINI, 10_000, 2000, used, EVERY_FIVE_MINUTES)

    assert (told.input_tokens, told.output_tokens, told.measured_runs) == (5000, 200, 2)


def test_the_built_in_reading_costs_nothing() -> None:
    told = estimate(LlmSettings("builtin", timeout_seconds=60), 0, 0, [], 60)

    assert told == Estimate("builtin", 0, 0, 0, 0.0, 43_200, 0.0)


def test_a_known_model_is_priced_by_its_providers_list() -> None:
    sonnet = LlmSettings("anthropic:claude-sonnet-4-5", timeout_seconds=60)

    assert price(sonnet, 100_000, 10_000) == pytest.approx(0.30 + 0.15)


def test_what_a_provider_had_kept_costs_less() -> None:
    mini = LlmSettings("openai:gpt-4o-mini", timeout_seconds=60)

    assert price(mini, 1_000_000, 0) == pytest.approx(0.15)
    assert price(mini, 1_000_000, 0, cached_tokens=1_000_000) == pytest.approx(0.075)


@pytest.mark.parametrize(
    "settings",
    [
        LlmSettings("openai:made-up-9", timeout_seconds=60),
        LlmSettings("openai:gpt-5-mini", timeout_seconds=60, openai_base_url="http://127.0.0.1/v1"),
        LlmSettings(
            "anthropic:claude-sonnet-4-5", timeout_seconds=60, anthropic_base_url="http://10.0.0.1"
        ),
        LlmSettings("ollama:qwen3", timeout_seconds=60),
    ],
)
def test_what_has_no_public_price_is_unknown_and_never_free(settings: LlmSettings) -> None:
    told = estimate(settings, 5000, 1000, [], 60)

    assert (told.cost_usd, told.cost_usd_a_month) == (None, None)
    assert told.input_tokens == 2000
