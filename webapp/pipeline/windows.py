"""The analysis of a Run on texts that are there: no Monitor, no database, no queue."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.clock import utc_now
from webapp.models import Run
from webapp.pipeline import columns
from webapp.pipeline.analyze import Question
from webapp.pipeline.asked import noted
from webapp.pipeline.normal import Normal, learn_all
from webapp.pipeline.redact import Redactor
from webapp.pipeline.rules import rule_set
from webapp.pipeline.steps import Read, judge, of_failed, question_of, weigh
from webapp.pipeline.task import Work
from webapp.pipeline.usual import learned
from webapp.pipeline.values import (
    Analysis,
    Gathered,
    Host,
    InputSpec,
    LlmSettings,
    StageError,
    Tail,
)
from webapp.schemas.monitor import CostConfig, VerdictConfig, WindowConfig

LABEL = "LOG"
# A history that is shorter than so many windows is taken in so many parts.
LEAST_PARTS = 10
# As RUN_TIMEOUT_SECONDS has it where nobody set it.
RUN_SECONDS = 300


@dataclass(frozen=True)
class Judged:
    """A window with what was made of it: `run` has that as a Run has it, and is not saved.

    `message`: what a model was asked; None where none was. `analysis` is None where none was had.
    """

    read: Read
    message: str | None
    analysis: Analysis | None
    run: Run

    @property
    def status(self) -> str:
        return self.run.status

    def line_of(self, number: int | None) -> int | None:
        """The number of the line in the window itself, from 1, that a line of the text shows."""
        places = self.read.fitted.places.items()
        return next((place + 1 for (_, place), line in places if line == number), None)


class Judge:
    """Judges windows in the order in which they come, and learns from those that are ok.

    Each has so many seconds, for all that is asked about it.
    """

    def __init__(
        self, prompt: str, llm: LlmSettings, redactor: Redactor, seconds: float = RUN_SECONDS
    ) -> None:
        self._prompt, self._llm, self._redactor = prompt, llm, redactor
        self._seconds = seconds
        self._normal = Normal()

    @property
    def history(self) -> Normal:
        return self._normal

    def learn(self, texts: Iterable[str], lines_a_window: int) -> None:
        """Take texts, the oldest first, for normal: windows of so many lines, or smaller ones."""
        lines = [line for text in texts for line in _lines(self._redactor.redact(text).text)]
        size = max(1, min(lines_a_window, len(lines) // LEAST_PARTS))
        whole = range(0, len(lines) - size + 1, size)
        learn_all(self._normal, (lines[start : start + size] for start in whole))
        # A window has more lines than a part of a history that is short.
        self._normal.sizes = [max(lines_a_window, one) for one in self._normal.sizes]

    def judge(self, text: str) -> Judged:
        work = self._work()
        now = utc_now()
        read = weigh(work, [_gathered(text)], self._redactor, now)
        asked = question_of(work, read, now)
        try:
            analysis = judge(work, read, asked, now)
        except StageError as error:
            failed = of_failed(work, read, error, self._redactor, now)
            return _judged(work, read, asked, None, failed)
        for normal in learned(read.compared, read.gathered, analysis).values():
            self._normal = Normal.from_json(normal)
        return _judged(work, read, asked, analysis, columns.of_verdict(analysis, self._redactor))

    def _work(self) -> Work:
        window = WindowConfig()
        return Work(
            host=Host("local"),
            inputs=(replace(_INPUT, normal=self._normal.to_json()),),
            prompt=self._prompt,
            max_lines=window.max_lines,
            max_chars=window.max_chars,
            rules=rule_set((), ()),
            collapse_repeats=True,
            hidden=(),
            verdict_config=VerdictConfig(),
            remarks=(),
            llm=self._llm,
            other_readers=(),
            longest_answer=0,
            cost=CostConfig(),
            ends_at=time.monotonic() + self._seconds,
        )


_INPUT = InputSpec(LABEL, "file")


def _judged(
    work: Work,
    read: Read,
    asked: Question | None,
    analysis: Analysis | None,
    outcome: dict[str, Any],
) -> Judged:
    evidence = columns.of_evidence(read.gathered, read.fitted)
    known = {"recommendations": [], "llm_model": work.llm.model, **noted(asked), **evidence}
    run = Run(**known | outcome, status=outcome["verdict"])
    return Judged(read, asked.message if asked else None, analysis, run)


def count_lines(text: str) -> int:
    return len(_lines(text))


def _lines(text: str) -> Sequence[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _gathered(text: str) -> Gathered:
    output = Tail(text, len(text.encode()), count_lines(text))
    return Gathered(LABEL, "file", None, "ok", None, 0, output)
