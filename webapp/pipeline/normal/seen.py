"""What one window of a source holds, counted by kind of line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from webapp.pipeline.events import CAUSE, TRACEBACK, event_spans
from webapp.pipeline.masking import masks

from .grades import Grade, Graded, graded
from .sessions import Steps, steps_of
from .times import span_of

# What a kind is remembered by; more of a line tells it from no other.
LONGEST_KIND = 300


@dataclass
class SeenKind:
    """Lines alike but for what varies; `newest` is the number of the last of them, from 0."""

    text: str
    newest: int
    count: int = 0

    @cached_property
    def graded(self) -> Graded:
        return graded(self.text)

    @property
    def grade(self) -> Grade:
        return self.graded.grade

    @property
    def failure(self) -> str | None:
        """The name of the known failure that it reports."""
        return self.graded.failure


@dataclass
class Seen:
    """`events`: a line, or a stack trace, is one. `steps`, `leads_to`: see sessions.py.

    `seconds`: how long the source took for it; None where that is not known. `since_last`: that is
    since it was last asked, and not by the clock of the lines, which tells nothing of the silence
    around them.
    """

    events: int = 0
    kinds: dict[str, SeenKind] = field(default_factory=dict)
    steps: Steps = field(default_factory=Counter)
    leads_to: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    since_last: bool = False

    @cached_property
    def _by_grade(self) -> Mapping[Grade, list[tuple[str, SeenKind]]]:
        found: dict[Grade, list[tuple[str, SeenKind]]] = {grade: [] for grade in Grade}
        for kind, one in self.kinds.items():
            found[one.graded.grade].append((kind, one))
        return found

    def of_grade(self, *grades: Grade) -> Iterator[tuple[str, SeenKind]]:
        """Once all is counted."""
        return (pair for grade in grades for pair in self._by_grade[grade])

    @property
    def grave(self) -> int:
        """How many events declare or report an error."""
        return sum(seen.count for _, seen in self.of_grade(Grade.ERROR))

    @property
    def failures(self) -> Mapping[str, int]:
        """How many events report each known failure."""
        found: Counter[str] = Counter()
        for _, seen in self.of_grade(Grade.ERROR):
            if seen.failure:
                found[seen.failure] += seen.count
        return found


def count(lines: Sequence[str], seconds: float | None = None) -> Seen:
    """Blank lines are no events. `seconds`: since the source was last asked; None: not known, so
    that they are timed by their own clock."""
    timed = seconds is not None
    seen = Seen(seconds=seconds if timed else span_of(lines), since_last=timed)
    heads = [span for span in event_spans(lines) if lines[span[0]].strip()]
    kinds = masks(_told(lines, *span) for span in heads)
    for (start, _), kind in zip(heads, kinds, strict=True):
        one = seen.kinds.setdefault(kind[:LONGEST_KIND], SeenKind(lines[start], start))
        one.text, one.newest = lines[start], start
        one.count += 1
        seen.events += 1
    walked = steps_of(
        (lines[start], kind[:LONGEST_KIND]) for (start, _), kind in zip(heads, kinds, strict=True)
    )
    seen.steps, seen.leads_to = walked.steps, walked.leads_to
    return seen


def _told(lines: Sequence[str], start: int, end: int) -> str:
    """The first line of an event, and the one that names the exception."""
    if end - start == 1:
        return lines[start]
    causes = [line for line in lines[start + 1 : end] if line.startswith(CAUSE)]
    if causes:
        return f"{lines[start]} {causes[-1]}"
    traced = any(line.startswith(TRACEBACK) for line in lines[start:end])
    return f"{lines[start]} {lines[end - 1]}" if traced else lines[start]
