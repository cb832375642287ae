"""Logs in, Verdict out."""

from collections.abc import Collection, Sequence
from importlib import import_module
from typing import Any, Protocol

from webapp.pipeline.values import Analysis, LlmSettings, Usage

from . import builtin
from .answer import Answer, verdict_from
from .configured import check_model
from .estimate import Estimate, Used, estimate
from .local import why_not_asked
from .prompt import SYSTEM, Question, compose
from .unusual import Comparison

__all__ = [
    "SYSTEM",
    "Ask",
    "Estimate",
    "Question",
    "Used",
    "analyze",
    "analyze_logs_with_llm",
    "ask_model",
    "builtin",
    "check_model",
    "estimate",
    "question",
    "why_not_asked",
]


class Ask(Protocol):
    """One question to one model: its answer, and what it took. Raises StageError.

    Every call that a Run makes goes through one of these, so that whoever begins the Run can
    count and refuse them.
    """

    def __call__(
        self, settings: LlmSettings, message: str, *, deadline_seconds: float | None
    ) -> tuple[Answer, Usage]: ...


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
    ask: Ask = ask_model,
) -> Analysis:
    """Judge by whatever `settings.model` names.

    `compared`: what each section is against what it usually is. Raises StageError where an LLM is
    named and does not judge.
    """
    if settings.model == "builtin":
        verdict = builtin.read(
            logs_text, labels, missing=missing, partial=partial, compared=compared
        )
        return Analysis(verdict, builtin.USAGE)
    return analyze_logs_with_llm(
        monitor_prompt,
        logs_text,
        labels=labels,
        settings=settings,
        missing=missing,
        partial=partial,
        asked=asked,
        deadline_seconds=deadline_seconds,
        ask=ask,
    )


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
    ask: Ask = ask_model,
) -> Analysis:
    """Ask the LLM that `settings.model` names what `logs_text` means for `monitor_prompt`.

    `labels`: those of the text's sections; `missing`: labels of Inputs that gave nothing, and
    `partial` of those that failed after they gave something; `asked`: the question, where it is
    composed already; `deadline_seconds`: what is left of the Run. Every quote in the Verdict is a
    line of `logs_text`. Raises StageError `llm_unavailable`, `llm_invalid` or `timeout`.
    """
    if asked is None:
        asked = question(monitor_prompt, logs_text, labels, missing=missing, partial=partial)
    answer, usage = ask(settings, asked.message, deadline_seconds=deadline_seconds)
    return Analysis(verdict_from(answer, logs_text, labels), usage)


def question(
    monitor_prompt: str,
    logs_text: str,
    labels: Collection[str],
    *,
    missing: Sequence[str] = (),
    partial: Sequence[str] = (),
    facts: str | None = None,
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
        fence=fence,
    )


def _llm() -> Any:
    """Loaded when first asked: the providers' libraries take 1.5 s and 100 MB, which the web
    server, the scheduler and whoever is content with the built-in reading are spared."""
    return import_module("webapp.pipeline.analyze.llm")
