"""What judging will take, before anything is sent: tokens, and money where a price is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from math import ceil
from typing import Any

from webapp.pipeline.values import LlmSettings, Usage
from webapp.schedule import runs_a_month

# Logs run at 1.5 to 2.9 characters a token; an answer with a few findings at some 400 tokens.
CHARS_PER_TOKEN = 2.5
ANSWER_TOKENS = 400
# What bounds them in all likelihood, where a call must not pass a budget.
LEAST_CHARS_PER_TOKEN = 1.5
LONG_ANSWER_TOKENS = 1000
# Whose price list is public. A server at another address than theirs is somebody's own.
PRICED = ("anthropic", "openai")


@dataclass(frozen=True)
class Used:
    """What an earlier Run with the same model sent, in characters of its log, and took."""

    chars: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Estimate:
    """`measured_runs`: how many earlier Runs it stands on; 0: on what is usual for logs.

    The costs are None where no price is known. A month has 30 days.
    """

    model: str
    input_tokens: int
    output_tokens: int
    measured_runs: int
    cost_usd: float | None
    runs_a_month: int
    cost_usd_a_month: float | None


def estimate(
    settings: LlmSettings,
    chars: int,
    frame: int,
    used: Sequence[Used],
    interval_seconds: int,
) -> Estimate:
    """Of a question of `chars` characters, `frame` of which stand around the log at every Run.

    `chars` is 0 where nothing is sent.
    """
    per_token, answer = _measured(frame, used) if used else (CHARS_PER_TOKEN, ANSWER_TOKENS)
    tokens = round(chars / per_token)
    answer = answer if chars else 0
    cost = price(settings, tokens, answer)
    runs = runs_a_month(interval_seconds)
    a_month = None if cost is None else cost * runs
    return Estimate(settings.model, tokens, answer, len(used), cost, runs, a_month)


def tokens_in(*texts: str) -> int:
    """About how many, before a model has counted them."""
    return round(sum(map(len, texts)) / CHARS_PER_TOKEN)


def at_most(settings: LlmSettings, longest_answer: int, *texts: str) -> Usage:
    """What sending the texts takes in all likelihood at most.

    `longest_answer`: in tokens, of those that the model gave to questions of this kind; 0: none.
    """
    sent = ceil(sum(map(len, texts)) / LEAST_CHARS_PER_TOKEN)
    answer = max(LONG_ANSWER_TOKENS, ceil(1.5 * longest_answer))
    return Usage(settings.model, sent, answer, price(settings, sent, answer))


def price(
    settings: LlmSettings, input_tokens: int, output_tokens: int, cached_tokens: int = 0
) -> float | None:
    """US dollars by the provider's public price list; None where that has no such model.

    `cached_tokens`: those of `input_tokens` that the provider had kept, and bills for less.
    """
    provider, _, name = settings.model.partition(":")
    if settings.model == "builtin":
        return 0.0
    if provider not in PRICED or settings.own_address:
        return None
    prices = _prices()
    usage = prices.Usage(
        input_tokens=input_tokens, output_tokens=output_tokens, cache_read_tokens=cached_tokens
    )
    try:
        return float(prices.calc_price(usage, name, provider_id=provider).total_price)
    except LookupError:
        return None


def _measured(frame: int, used: Sequence[Used]) -> tuple[float, int]:
    """Characters a token, and tokens an answer, on the average of the earlier Runs."""
    chars = sum(one.chars + frame for one in used)
    tokens = sum(one.input_tokens for one in used)
    return chars / tokens, round(sum(one.output_tokens for one in used) / len(used))


def _prices() -> Any:
    """Loaded when first asked: the list takes 25 MB, which whoever reads built-in is spared."""
    return import_module("genai_prices")
