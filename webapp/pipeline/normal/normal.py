"""What is normal for one source: its kinds of line, how many of them, and how far windows differ.

It stands on the windows that it learned, and learns none by itself.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from webapp.pipeline.masking import MASK

from .seen import Seen
from .signs import Strengths

# Below them nothing can be said to be unusual.
LEAST_WINDOWS = 8
LEAST_EVENTS = 100
# The least used are forgotten beyond it.
MOST_KINDS = 1000
MOST_STEPS = 2000
# So many of the newest windows say how far a normal one differs from those before it.
MOST_STRENGTHS = 300
MOST_SIZES = 100
# Of the kinds that share a word with another, so many are compared with it.
_COMPARED = 40

_WORD = re.compile(r"[A-Za-z]{2,}")
# Time, host, program, level and logger, as most logs have them: up to the level and the names
# behind it, or to a program with its number.
_HEAD = re.compile(
    r"""^(?:
      .{0,160}?(?:\b(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|SEVERE|CRITICAL|Info|Warning|Error)\b
        |\[(?:debug|info|notice|warn|error|crit)\])
      (?:\s*\[[^\]\s]*\]*|\s*\[.{0,160}?\]|\s+[^\s\[]*[.$/@_|]\S*)*
    | (?:\S+\s+){0,6}?\S*[^A-Za-z\s:]\S*(?=:\s|\s-\s)
    )[\]\s:|-]*""",
    re.VERBOSE,
)
# Paths, addresses and values; names with a number in them.
_NO_WORD = re.compile(rf"\S*[/\\]\S{{2,}}|\S*@\S+|=\S+|\S*(?:[A-Za-z]{MASK}|{MASK}[A-Za-z])\S*")


@dataclass
class KnownKind:
    """`most`: its largest share of a window, `last`: the number of the window that had it last.

    `least`: the smallest share of a window since it is known; 0 once one was without it.
    """

    count: int
    windows: int
    most: float
    least: float
    last: int


@dataclass
class Normal:
    """`sizes`: how many events the newest windows had, and `grave` how many of them were errors.

    `held_out`: how strong the signs of windows were, each compared with those before it alone.
    """

    windows: int = 0
    events: int = 0
    kinds: dict[str, KnownKind] = field(default_factory=dict)
    failures: set[str] = field(default_factory=set)
    steps: Counter[str] = field(default_factory=Counter)
    new_steps: float = 0.0
    sizes: list[int] = field(default_factory=list)
    grave: list[float] = field(default_factory=list)
    held_out: list[Strengths] = field(default_factory=list)

    @property
    def is_enough(self) -> bool:
        """Whether a window can be told from it."""
        return self.windows >= LEAST_WINDOWS and self.events >= LEAST_EVENTS

    @property
    def calibration(self) -> list[Strengths]:
        """Of the later half of its windows: before, nearly all was new."""
        known = self.windows - self.windows // 2
        return self.held_out[-min(known, MOST_STRENGTHS) :]

    def novelty(self, kind: str) -> float:
        """How much of its words no known kind of line has: 0 to 1.

        A word counts the more the fewer kinds have it.
        """
        words = words_of(kind)
        if not words:
            return 0.0
        weights = {word: self._weight(word) for word in words}
        alike: Counter[str] = Counter()
        for word in words:
            for known in self._kinds_with.get(word, ()):
                alike[known] += weights[word]  # type: ignore[assignment]
        nearest = max((shared for _, shared in alike.most_common(_COMPARED)), default=0)
        return 1 - nearest / sum(weights.values())

    def knows(self, words: Iterable[str]) -> bool:
        """Whether any kind of line has one of them."""
        return any(word in self._kinds_with for word in words)

    def learn(self, seen: Seen, strengths: Strengths) -> None:
        """Take in a window that was normal; `strengths`: of its signs, against those before it."""
        if not seen.events:
            return
        self.windows += 1
        self.events += seen.events
        for kind, one in seen.kinds.items():
            self._learn_kind(kind, one.count, seen.events)
        for kind, known in self.kinds.items():
            if kind not in seen.kinds:
                known.least = 0.0
        self.failures.update(seen.failures)
        self._learn_steps(seen)
        self.sizes = [*self.sizes, seen.events][-MOST_SIZES:]
        self.grave = [*self.grave, seen.grave / seen.events][-MOST_SIZES:]
        self.held_out = [*self.held_out, dict(strengths)][-MOST_STRENGTHS:]
        self._forget()

    def _learn_kind(self, kind: str, count: int, events: int) -> None:
        share = count / events
        known = self.kinds.get(kind)
        if known is None:
            # Of a kind that was not there from the first on, none is missed.
            least = share if self.windows == 1 else 0.0
            self.kinds[kind] = KnownKind(count, 1, share, least, self.windows)
            self._add_words(kind)
            return
        known.count += count
        known.windows += 1
        known.most, known.least = max(known.most, share), min(known.least, share)
        known.last = self.windows

    def _learn_steps(self, seen: Seen) -> None:
        total = sum(seen.steps.values())
        if total:
            new = sum(count for step, count in seen.steps.items() if step not in self.steps)
            if self.steps:
                self.new_steps = max(self.new_steps, new / total)
            self.steps.update(seen.steps)

    def _forget(self) -> None:
        if len(self.kinds) > MOST_KINDS:
            newest = sorted(self.kinds.items(), key=lambda item: item[1].last)[-MOST_KINDS:]
            self.kinds = dict(newest)
            self.__dict__.pop("_kinds_with", None)
        if len(self.steps) > MOST_STEPS:
            self.steps = Counter(dict(self.steps.most_common(MOST_STEPS)))

    def _weight(self, word: str) -> float:
        having = len(self._kinds_with.get(word, ()))
        return math.log(1 + max(1, len(self.kinds)) / (0.5 + having))

    @cached_property
    def _kinds_with(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for kind in self.kinds:
            _index(found, kind)
        return found

    def _add_words(self, kind: str) -> None:
        if "_kinds_with" in self.__dict__:
            _index(self._kinds_with, kind)

    def to_json(self) -> dict[str, Any]:
        return {
            "windows": self.windows,
            "events": self.events,
            "kinds": {
                kind: [k.count, k.windows, round(k.most, 4), round(k.least, 4), k.last]
                for kind, k in self.kinds.items()
            },
            "failures": sorted(self.failures),
            "steps": dict(self.steps),
            "new_steps": self.new_steps,
            "sizes": self.sizes,
            "grave": [round(share, 4) for share in self.grave],
            "held_out": self.held_out,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            windows=data["windows"],
            events=data["events"],
            kinds={kind: KnownKind(*numbers) for kind, numbers in data["kinds"].items()},
            failures=set(data["failures"]),
            steps=Counter(data["steps"]),
            new_steps=data["new_steps"],
            sizes=list(data["sizes"]),
            grave=list(data["grave"]),
            held_out=list(data["held_out"]),
        )


def words_of(kind: str) -> frozenset[str]:
    """What tells one kind of line from another in meaning: its message, without what stands
    before that, which is the same for many."""
    bare = _NO_WORD.sub(" ", _HEAD.sub("", kind, count=1).replace("I/O", "io"))
    return frozenset(word.lower() for word in _WORD.findall(bare))


def _index(found: dict[str, set[str]], kind: str) -> None:
    for word in words_of(kind):
        found.setdefault(word, set()).add(kind)
