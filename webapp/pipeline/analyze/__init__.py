"""Logs in, Verdict out."""

import time
from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Any

from webapp.pipeline.values import Analysis, LlmSettings, Usage

from . import builtin
from .answer import MAX_FINDINGS, Answer
from .configured import check_model
from .context import chars_too_many, why_no_room
from .estimate import Estimate, Used, at_most, estimate
from .fallback import with_fallback
from .hearing import SAME, Ask, Hearing
from .local import why_not_asked
from .prompt import PROMPT_VERSION, SYSTEM, Question, compose
from .serving import Served, ServedBy, context_of, served, servers
from .unusual import Comparison

__all__ = [
    "MOST_FINDINGS",
    "PROMPT_VERSION",
    "SAME",
    "SYSTEM",
    "Ask",
    "Estimate",
    "Question",
    "Served",
    "ServedBy",
    "Used",
    "analyze",
    "analyze_logs_with_llm",
    "ask_model",
    "at_most",
    "builtin",
    "chars_too_many",
    "check_model",
    "context_of",
    "estimate",
    "question",
    "served",
    "servers",
    "why_no_room",
    "why_not_asked",
    "with_fallback",
]


# A list of so many may have been longer.
MOST_FINDINGS = {"model": MAX_FINDINGS, "builtin": builtin.MAX_FINDINGS}


def ask_model(
    settings: LlmSettings, message: str, *, deadline_seconds: float | None
) -> tuple[Answer, Usage]:
    answer, usage = _llm().ask(settings, message, deadline_seconds=deadline_seconds)
    return answer, usage


def analyze(
    monitor_prompt: str,
    logs_text: str,
    *,
    labels: Collection[str],
    settings: LlmSettings,
    missing: Sequence[str] = (),
    partial: Sequence[str] = (),
    compared: Comparison = builtin.NOTHING_COMPARED,
    asked: Question | None = None,
    deadline_seconds: float | None = None,
    second_opinion: str | None = None,
    out: str | None = None,
    ask: Ask = ask_model,
) -> Analysis:
    """Judge by whatever `settings.model` names.

    `compared`: what each section is against what it usually is. Raises StageError where an LLM is
    named and does not judge.
    """
    if settings.model != "builtin":
        return analyze_logs_with_llm(
            monitor_prompt,
            logs_text,
            labels=labels,
            settings=settings,
            missing=missing,
            partial=partial,
            asked=asked,
            deadline_seconds=deadline_seconds,
            second_opinion=second_opinion,
            out=out,
            ask=ask,
        )
    verdict = builtin.read(logs_text, labels, missing=missing, partial=partial, compared=compared)
    if second_opinion is None:
        return Analysis(verdict, builtin.USAGE)
    if asked is None:
        asked = question(monitor_prompt, logs_text, labels, missing=missing, partial=partial)
    hearing = Hearing(asked.message, logs_text, labels, ask, _ends_at(deadline_seconds), out)
    return hearing.read(verdict, settings, second_opinion)


def analyze_logs_with_llm(
    monitor_prompt: str,
    logs_text: str,
    *,
    labels: Collection[str] = (),
    settings: LlmSettings,
    missing: Sequence[str] = (),
    partial: Sequence[str] = (),
    asked: Question | None = None,
    deadline_seconds: float | None = None,
    second_opinion: str | None = None,
    out: str | None = None,
    ask: Ask = ask_model,
) -> Analysis:
    """Ask the LLM that `settings.model` names what `logs_text` means for `monitor_prompt`.

    `labels`: those of the text's sections; `missing`: labels of Inputs that gave nothing, and
    `partial` of those that failed after they gave something; `asked`: the question, where it is
    composed already; `deadline_seconds`: what is left of the Run; `second_opinion`: the model that
    is to confirm an alert, or `same`; `out`: the model that this one stands in for. Every quote in
    the Verdict is a line of `logs_text`. Raises StageError `llm_unavailable`, `llm_invalid` or
    `timeout`.
    """
    if asked is None:
        asked = question(monitor_prompt, logs_text, labels, missing=missing, partial=partial)
    hearing = Hearing(asked.message, logs_text, labels, ask, _ends_at(deadline_seconds), out)
    return hearing.judged(settings, second_opinion)


def question(
    monitor_prompt: str,
    logs_text: str,
    labels: Collection[str],
    *,
    missing: Sequence[str] = (),
    partial: Sequence[str] = (),
    facts: str | None = None,
    noise: Sequence[str] = (),
    missed: Sequence[str] = (),
    fence: str | None = None,
) -> Question:
    """What an LLM is asked; `facts`: those of the built-in reading, if they are there already."""
    return compose(
        monitor_prompt,
        logs_text,
        labels,
        facts=facts or builtin.facts(logs_text, labels),
        missing=missing,
        partial=partial,
        noise=noise,
        missed=missed,
        fence=fence,
    )


def _ends_at(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _llm() -> Any:
    """Loaded when first asked: the providers' libraries take 1.5 s and 100 MB, which the web
    server, the scheduler and whoever is content with the built-in reading are spared."""
    return import_module("webapp.pipeline.analyze.llm")
