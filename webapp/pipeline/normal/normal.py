"""What is normal for one source: its kinds of line, how many of them, and how far windows differ.

It stands on the windows that it learned, and learns none by itself.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from .seen import Seen
from .signs import Strengths
from .vocabulary import Vocabulary

# Below them nothing can be said to be unusual.
LEAST_WINDOWS = 8
LEAST_EVENTS = 100
# The least used are forgotten beyond it.
MOST_KINDS = 1000
MOST_STEPS = 2000
# So many of the newest windows say how far a normal one differs from those before it.
MOST_STRENGTHS = 300
MOST_SIZES = 100
# Of what came at once, no rate can be told.
LEAST_SECONDS = 1.0


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
    `doubted`: kinds of line that are not taken for normal yet (see youth.py). `seconds`: how long
    the windows took in which `timed` events were, and `rates` how many a second each of the newest
    of them had. `silent`: windows without a line.
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
    doubted: list[str] = field(default_factory=list)
    timed: int = 0
    seconds: float = 0.0
    rates: list[float] = field(default_factory=list)
    silent: int = 0

    @property
    def is_enough(self) -> bool:
        """Whether a window can be told from it."""
        return self.windows >= LEAST_WINDOWS and self.events >= LEAST_EVENTS

    def usual_pace(self, seen: Seen) -> float | None:
        """How many events are to be expected in the time that a window took, on the average; None
        where that is not known."""
        if seen.seconds is None or not self.timed:
            return None
        return self.timed / self.seconds * max(LEAST_SECONDS, seen.seconds)

    @property
    def calibration(self) -> list[Strengths]:
        """Of the later half of its windows: before, nearly all was new."""
        known = self.windows - self.windows // 2
        return self.held_out[-min(known, MOST_STRENGTHS) :]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.kinds)

    def learn(self, seen: Seen, strengths: Strengths | None) -> None:
        """Take in a window that was normal; `strengths`: of its signs, against those before it.

        None: it alarmed, and somebody said that this is normal here. Its kinds of line are from
        then on; but as strong a sign of anything else is to alarm as before.
        """
        if not seen.events:
            self.silent += seen.since_last
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
        if strengths is not None:
            self.held_out = [*self.held_out, dict(strengths)][-MOST_STRENGTHS:]
        self._learn_pace(seen)
        self._forget()

    def were_one(self, events: int) -> None:
        """All windows so far were parts of one, of so many events."""
        self.sizes = [events]
        self.rates = self.rates and [self.timed / self.seconds]

    def _learn_kind(self, kind: str, count: int, events: int) -> None:
        share = count / events
        known = self.kinds.get(kind)
        if known is None:
            # Of a kind that was not there from the first on, none is missed.
            least = share if self.windows == 1 else 0.0
            self.kinds[kind] = KnownKind(count, 1, share, least, self.windows)
            if "vocabulary" in self.__dict__:
                self.vocabulary.add(kind)
            return
        known.count += count
        known.windows += 1
        known.most, known.least = max(known.most, share), min(known.least, share)
        known.last = self.windows

    def _learn_pace(self, seen: Seen) -> None:
        if seen.seconds is None:
            return
        seconds = max(LEAST_SECONDS, seen.seconds)
        self.timed += seen.events
        self.seconds += seconds
        self.rates = [*self.rates, seen.events / seconds][-MOST_SIZES:]

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
            self.__dict__.pop("vocabulary", None)
        if len(self.steps) > MOST_STEPS:
            self.steps = Counter(dict(self.steps.most_common(MOST_STEPS)))

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
            "doubted": self.doubted,
            "timed": self.timed,
            "seconds": self.seconds,
            "rates": [round(rate, 4) for rate in self.rates],
            "silent": self.silent,
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
            # What an earlier version kept has none of these.
            doubted=list(data.get("doubted", ())),
            timed=data.get("timed", 0),
            seconds=data.get("seconds", 0.0),
            rates=list(data.get("rates", ())),
            silent=data.get("silent", 0),
        )
