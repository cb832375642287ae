"""What models say of one question: asked once more where they cite nothing, and confirmed."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from webapp.pipeline.newness import mind_context
from webapp.pipeline.sections import evidence
from webapp.pipeline.values import (
    Analysis,
    Call,
    LlmSettings,
    Purpose,
    StageError,
    Usage,
    Verdict,
)

from .answer import Answer, verdict_from
from .prompt import once_more

# Names the model that judged, as the one that gives the second opinion too.
SAME = "same"
READING = "the built-in reading"


class Ask(Protocol):
    """One question to one model: its answer, and what it took. Raises StageError.

    Every call that a Run makes goes through one of these, so that whoever begins the Run can
    count and refuse them.
    """

    def __call__(
        self, settings: LlmSettings, message: str, *, deadline_seconds: float | None
    ) -> tuple[Answer, Usage]: ...


@dataclass
class Hearing:
    """Each `calls` of it is about the same message; `ends_at` is on time.monotonic().

    `out`: the model that was to judge and could not, which is not asked once more.
    """

    message: str
    logs_text: str
    labels: Collection[str]
    ask: Ask
    ends_at: float | None = None
    out: str | None = None
    calls: list[Call] = field(default_factory=list)

    def judged(self, settings: LlmSettings, second_opinion: str | None) -> Analysis:
        """`second_opinion`: a model, or SAME. Raises StageError, with the calls that were made."""
        try:
            verdict = self._cited(settings, self._asked(settings, "verdict"))
        except StageError as error:
            error.calls = tuple(self.calls)
            error.usage = total(settings.model, self.calls)
            raise
        verdict = self._seconded(verdict, settings, second_opinion)
        usage = total(settings.model, self.calls) or Usage(settings.model)
        return Analysis(verdict, usage, tuple(self.calls))

    def read(self, verdict: Verdict, settings: LlmSettings, second_opinion: str | None) -> Analysis:
        """That verdict is the built-in reading's; `second_opinion` as in `judged`."""
        verdict = self._seconded(verdict, settings, second_opinion)
        usage = total(settings.model, self.calls) or Usage(settings.model, 0, 0, 0.0)
        return Analysis(verdict, usage, tuple(self.calls))

    def _seconded(
        self, verdict: Verdict, judge: LlmSettings, second_opinion: str | None
    ) -> Verdict:
        """An alert with the second opinion, or with why there is none."""
        if not second_opinion or mind_context(verdict).status != "alert":
            return verdict
        other = judge.model if second_opinion == SAME else second_opinion
        if other == "builtin":
            return _with_note(verdict, f"No second opinion: {READING} would say the same again.")
        if other == self.out:
            return _with_note(verdict, f"No second opinion was asked for, as {other} was out.")
        return self._confirmed(verdict, judge, judge.of(other))

    def _cited(self, settings: LlmSettings, verdict: Verdict) -> Verdict:
        """Where no line stands behind a verdict that is not ok, what the model says then."""
        if verdict.status == "ok" or verdict.cites_a_line or not self._has_lines():
            return verdict
        again = once_more(self.message, verdict.status, verdict.dropped_citations)
        try:
            second = self._asked(settings, "citation", again)
        except StageError:
            return verdict
        return second if second.status == "ok" or second.cites_a_line else verdict

    def _confirmed(self, first: Verdict, judge: LlmSettings, other: LlmSettings) -> Verdict:
        """An alert stands unless the other says something else; one that is out says nothing."""
        try:
            second = self._asked(other, "second_opinion")
        except StageError as error:
            return _with_note(first, f"The second opinion could not be had: {error.message}")
        if mind_context(second).status == "alert":
            return _with_note(first, f"A second opinion, by {other.model}, confirms it.")
        return _disagreed(first, judge.model, second, other.model)

    def _asked(
        self, settings: LlmSettings, purpose: Purpose, message: str | None = None
    ) -> Verdict:
        try:
            answer, usage = self.ask(
                settings, message or self.message, deadline_seconds=self._seconds_left()
            )
        except StageError as error:
            if error.kind != "budget_exhausted":  # else nobody was asked
                taken = error.usage or Usage(settings.model)
                self.calls.append(Call(purpose, taken, error=error.message))
            raise
        verdict = verdict_from(answer, self.logs_text, self.labels)
        dropped = verdict.dropped_citations
        self.calls.append(Call(purpose, usage, verdict.status, dropped))
        return verdict

    def _seconds_left(self) -> float | None:
        return None if self.ends_at is None else self.ends_at - time.monotonic()

    def _has_lines(self) -> bool:
        return any(True for _ in evidence(self.logs_text, self.labels))


def total(model: str, calls: Iterable[Call]) -> Usage | None:
    """Of all calls that took something, named by the model that judged; None where none did."""
    taken = [call.usage for call in calls if call.usage.input_tokens is not None]
    if not taken:
        return None
    prices = [one.cost_usd for one in taken if one.cost_usd is not None]
    return Usage(
        model,
        sum(one.input_tokens or 0 for one in taken),
        sum(one.output_tokens or 0 for one in taken),
        sum(prices) if len(prices) == len(taken) else None,
    )


def _with_note(verdict: Verdict, note: str) -> Verdict:
    return replace(verdict, report=f"{verdict.report}\n{note}".lstrip())


def _disagreed(first: Verdict, judge: str, second: Verdict, other: str) -> Verdict:
    """Both are shown; it is worth a look, and nobody's sleep."""
    if judge == other:
        judge, other = f"{judge}, asked first,", f"{other}, asked again,"
    if judge == "builtin":
        judge = f"{READING[0].upper()}{READING[1:]}"
    said = f"{judge} says {first.status}: {first.summary} {other} says {second.status}:"
    findings = (*first.findings, *(one for one in second.findings if one not in first.findings))
    return Verdict(
        "warn",
        f"Two opinions. {said} {second.summary}",
        "\n\n".join(filter(None, (first.report, second.report))),
        tuple(dict.fromkeys((*first.recommendations, *second.recommendations))),
        findings,
        first.dropped_citations + second.dropped_citations,
    )
