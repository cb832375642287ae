"""What opinions were worth, in counts that add up over windows, sizes and systems."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

from .judges import Opinion
from .windows import Window

# Windows of five minutes a day.
WINDOWS_A_DAY = 24 * 60 // 5
FIRST_CITED = 3


@dataclass(frozen=True)
class Score:
    """Windows by what they were and what was said of them; then findings, lines cited of bad
    windows that were found out (the first three of each), and the tokens that a model took."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    quiet: int = 0
    failed: int = 0
    findings: int = 0
    verified: int = 0
    cited: int = 0
    cited_fault: int = 0
    any_fault: int = 0
    tokens: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def windows(self) -> int:
        return self.hits + self.misses + self.false_alarms + self.quiet

    @property
    def precision(self) -> float:
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        return _share(self.hits, self.hits + self.misses)

    @property
    def f1(self) -> float:
        return _share(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)

    @property
    def false_alarm_rate(self) -> float:
        return _share(self.false_alarms, self.false_alarms + self.quiet)

    @property
    def false_alarms_a_day(self) -> float:
        return self.false_alarm_rate * WINDOWS_A_DAY

    @property
    def verified_share(self) -> float:
        return _share(self.verified, self.findings)

    @property
    def cited_share(self) -> float:
        return _share(self.cited_fault, self.cited)

    @property
    def any_share(self) -> float:
        return _share(self.any_fault, self.hits)


def score(judged: Iterable[tuple[Window, Opinion]]) -> Score:
    return sum((_score(window, opinion) for window, opinion in judged), Score())


def macro(scores: Iterable[Score]) -> float:
    """The mean of the systems' F1, so that each counts alike."""
    each = [one.f1 for one in scores]
    return sum(each) / len(each)


def _score(window: Window, opinion: Opinion) -> Score:
    faulty = window.fault is not None
    # Lines alike say the same: any of them stands for the fault.
    told = {window.lines[number] for number in window.bad} if faulty else set()
    first = opinion.cited[:FIRST_CITED] if faulty and opinion.bad else ()
    of_fault = sum(n in window.bad or window.lines[n] in told for n in first)
    return Score(
        hits=faulty and opinion.bad,
        misses=faulty and not opinion.bad,
        false_alarms=not faulty and opinion.bad,
        quiet=not faulty and not opinion.bad,
        failed=opinion.failed,
        findings=opinion.findings,
        verified=opinion.verified,
        cited=len(first),
        cited_fault=of_fault,
        any_fault=of_fault > 0,
        tokens=opinion.tokens,
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
