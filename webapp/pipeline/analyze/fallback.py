"""A second model that is asked where the first is out."""

from collections.abc import Callable
from dataclasses import replace

from webapp.pipeline.values import Analysis, Call, LlmSettings, StageError, Usage

from .hearing import total

# An answer that cannot be used is no outage: it may be the log's doing, and not the model's.
OUTAGES = ("llm_unavailable", "timeout")


# By which model, in place of which that is out, if any.
Judged = Callable[[LlmSettings, str | None], Analysis]


def with_fallback(judged: Judged, settings: LlmSettings) -> Analysis:
    """By `settings.model`, or where that is out by `settings.fallback`.

    Raises StageError, where both are out with what both said.
    """
    try:
        return judged(settings, None)
    except StageError as outage:
        if outage.kind not in OUTAGES or settings.fallback in (None, settings.model):
            raise
        return _instead(outage, judged, settings.model, settings.of(settings.fallback))


def _instead(outage: StageError, judged: Judged, first: str, other: LlmSettings) -> Analysis:
    try:
        analysis = judged(other, first)
    except StageError as error:
        both = StageError(error.kind, f"{outage.message} In its place, {error.message}")
        both.calls = (*outage.calls, *_named(error.calls))
        both.usage = total(other.model, both.calls)
        raise both from error
    calls = (*outage.calls, *_named(analysis.calls))
    usage = total(other.model, calls) or Usage(other.model, 0, 0, 0.0)
    return replace(analysis, usage=replace(usage, instead_of=first), calls=calls)


def _named(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The one for a verdict was made as the other model was out."""
    return tuple(
        replace(call, purpose="fallback") if call.purpose == "verdict" else call for call in calls
    )
