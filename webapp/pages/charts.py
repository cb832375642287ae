"""Charts of past Runs, as values that a template draws; pure.

A drawing is WIDTH wide and HEIGHT high, and as wide as its page lets it be: it is stretched, and
its words, which are not, have their places in per cent.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Self

from webapp.models import Measured
from webapp.pages.charted import KINDS, Amounts, Kind
from webapp.pages.filters import DAY, HOUR, MINUTE, absolute, relative

WIDTH, HEIGHT = 1000, 56
# What is nothing shows as a line; where there is no Run, nothing shows.
LEAST = 1
NARROWEST, WIDEST = 2.0, 24.0
# Of the time between two Runs; the rest lies between their bars.
FILLED = 0.75
# Between two marks of the time axis, in seconds; as many as fit on a phone.
STEPS = (
    *(n * MINUTE for n in (1, 5, 15, 30)),
    *(n * HOUR for n in (1, 2, 4, 6, 12)),
    *(n * DAY for n in (1, 2, 4, 7, 14, 30, 60, 90, 365, 5 * 365)),
)
MOST_TICKS = 5
# In per cent: where the words of a mark still lie within the chart.
EDGE = 5


@dataclass(frozen=True)
class Spot:
    """One Run: what it says, and the outline of where that is shown."""

    run_id: int
    title: str
    outline: str


@dataclass(frozen=True)
class Chart:
    """`words` say what it shows; `top` is what the upper edge stands for.

    `bars` are the outlines of all bars of an amount; `keys` name the amounts.
    """

    name: str
    title: str
    words: str
    top: str
    bars: Mapping[str, str]
    spots: Sequence[Spot]
    keys: Mapping[str, str]


@dataclass(frozen=True)
class Tick:
    """`x` is in per cent."""

    x: float
    label: str


@dataclass(frozen=True)
class Charts:
    """None where no Run ended."""

    charts: Sequence[Chart] = ()
    ticks: Sequence[Tick] = ()


@dataclass(frozen=True)
class Axis:
    """The time from `start` to `end`, and how wide the bar of a Run is on it."""

    start: datetime
    end: datetime
    width: float

    @classmethod
    def over(cls, runs: Sequence[Measured], now: datetime, since: datetime | None) -> Self:
        """From then until now; with no `since`, over the Runs that there are."""
        moments = [run.finished_at for run in runs]
        start, end = (since, now) if since else (min(moments), max(moments))
        start = min(start, end - timedelta(minutes=1))
        span = end - start
        steps = [abs(later - earlier) / span for earlier, later in pairwise(moments)]
        width = WIDTH * FILLED * median(steps) if steps else WIDEST
        return cls(start, end, round(min(max(width, NARROWEST), WIDEST), 1))

    def share(self, moment: datetime) -> float:
        """How far along it is, from 0 to 1; never beside, though a clock was set back."""
        return min(max((moment - self.start) / (self.end - self.start), 0.0), 1.0)

    def place(self, run: Measured) -> "Place":
        x = round(self.share(run.finished_at) * (WIDTH - self.width), 1)
        return Place(run, x, self.width, absolute(run.finished_at))

    def ticks(self, now: datetime) -> list[Tick]:
        """A few, at round distances from now, the oldest first."""
        seconds = (self.end - self.start) / timedelta(seconds=1)
        step = next((step for step in STEPS if seconds / step <= MOST_TICKS), STEPS[-1])
        last = math.ceil((now - self.end) / timedelta(seconds=step))
        moments = [now - timedelta(seconds=step) * (last + n) for n in range(MOST_TICKS + 1)]
        ticks = [Tick(round(100 * self.share(at), 2), relative(at, now)) for at in moments]
        return [tick for tick in reversed(ticks) if EDGE <= tick.x <= 100 - EDGE]


@dataclass(frozen=True)
class Place:
    """Where the bar of a Run begins, how wide it is, and how its moment reads."""

    run: Measured
    x: float
    width: float
    moment: str

    def outline(self, y: float, height: float) -> str:
        """Of a bar, as a part of a path."""
        return f"M{self.x:g} {y:g}h{self.width:g}v{height:g}h-{self.width:g}z"

    @cached_property
    def whole(self) -> str:
        """As high as the chart; the same in each of them."""
        return self.outline(0, HEIGHT)


def draw(runs: Sequence[Measured], now: datetime, since: datetime | None) -> Charts:
    """Of these Runs, oldest first; since then, or over all of them."""
    if not runs:
        return Charts()
    axis = Axis.over(runs, now, since)
    places = [axis.place(run) for run in runs]
    return Charts([_chart(kind, places) for kind in KINDS], axis.ticks(now))


def _chart(kind: Kind, places: Sequence[Place]) -> Chart:
    """Of those Runs of which there is anything of this kind to show."""
    shown = [(place, amounts) for place in places if (amounts := kind.amounts(place.run))]
    top = kind.top(max((sum(amounts.values()) for _, amounts in shown), default=0))
    return Chart(
        name=kind.name,
        title=kind.title,
        words=kind.words([place.run for place, _ in shown]),
        top=kind.label(top),
        bars=_bars(shown, top),
        spots=[_spot(kind, place) for place, _ in shown],
        keys=kind.keys,
    )


def _spot(kind: Kind, place: Place) -> Spot:
    """As high as the chart, so that a low bar is met as easily as a high one."""
    title = f"{place.moment}: {kind.says(place.run)}"
    return Spot(place.run.run_id, title, place.whole)


def _bars(shown: Iterable[tuple[Place, Amounts]], top: float) -> dict[str, str]:
    outlines: dict[str, list[str]] = {}
    for place, amounts in shown:
        for name, y, height in _stack(amounts, top):
            outlines.setdefault(name, []).append(place.outline(y, height))
    return {name: "".join(parts) for name, parts in outlines.items()}


def _stack(amounts: Amounts, top: float) -> list[tuple[str, float, float]]:
    """Name, upper edge and height of each; a line where there is nothing of any."""
    parts, y = [], float(HEIGHT)
    for name, amount in amounts.items():
        height = round(HEIGHT * amount / top, 1)
        y = round(y - height, 1)
        if height:
            parts.append((name, y, height))
    return parts or [(next(iter(amounts)), HEIGHT - LEAST, LEAST)]
