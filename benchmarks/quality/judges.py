"""Who judges: words alone, the built-in reading, or an LLM with what it counted."""

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from webapp.judge import PROMPT
from webapp.pipeline.redact import Redactor
from webapp.pipeline.values import LlmSettings
from webapp.pipeline.windows import Judge, Judged

from .windows import Trial, Window

WORDS = re.compile(r"\b(?:error|fail\w*|fatal|exception|critical|panic|timeout)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Opinion:
    """`cited`: numbers of lines in the window, from 0, the first finding's first. `shown`: of the
    text, as it was sent, and `tokens` what a model took for it. `verified`: findings with a line of
    the log. `failed`: there was no verdict at all."""

    bad: bool
    cited: tuple[int, ...] = ()
    findings: int = 0
    verified: int = 0
    shown: str | None = None
    tokens: int = 0
    failed: bool = False


class Opinions(Protocol):
    def __call__(self, trial: Trial, *, learning: bool) -> Iterable[tuple[Window, Opinion]]:
        """`learning`: what is found to be normal is normal for the windows after it."""
        ...


def by_words(trial: Trial, *, learning: bool) -> Iterable[tuple[Window, Opinion]]:
    """The baseline: any line with a word of failure."""
    for window in trial.windows:
        hits = tuple(n for n, line in enumerate(window.lines) if WORDS.search(line))
        yield window, Opinion(bool(hits), hits, len(hits), len(hits))


def by(llm: LlmSettings) -> Opinions:
    """The service's own analysis, as `flask judge` has it."""

    def judge(trial: Trial, *, learning: bool) -> Iterable[tuple[Window, Opinion]]:
        taught = Judge(PROMPT, llm, Redactor())
        taught.learn(["\n".join(trial.history)], trial.size)
        for window in trial.windows:
            one = taught if learning else copy.deepcopy(taught)
            yield window, _opinion(one.judge(window.text))

    return judge


def _opinion(judged: Judged) -> Opinion:
    shown = judged.read.fitted.text
    if judged.analysis is None:
        return Opinion(False, shown=shown, failed=True)
    verdict = judged.analysis.verdict
    numbers = [judged.line_of(finding.line) for finding in verdict.findings]
    return Opinion(
        bad=verdict.status != "ok",
        cited=tuple(number - 1 for number in numbers if number),
        findings=len(verdict.findings),
        verified=sum(finding.quote is not None for finding in verdict.findings),
        tokens=judged.analysis.usage.input_tokens or 0,
        shown=shown,
    )
