"""Windows to be judged, in pairs of a good and a bad one, after a history of normal times."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from .faults import FAULTS, head_of
from .own_faults import has_own_fault
from .samples import Sample

HISTORY_SHARE = 0.4


@dataclass(frozen=True)
class Window:
    """`fault`: which was put in, None in a normal one; `bad`: the numbers of its lines, from 0."""

    lines: tuple[str, ...]
    fault: str | None = None
    bad: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Trial:
    """`history`: normal lines, all older than the windows, which are in the order of time."""

    system: str
    size: int
    history: tuple[str, ...]
    windows: tuple[Window, ...]


def trial(sample: Sample, size: int, seed: int, *, tuning: bool) -> Trial:
    """Every other pair of windows is for tuning; the rest is for the report."""
    cut = int(len(sample.lines) * HISTORY_SHARE)
    history = tuple(
        line for number, line in enumerate(sample.lines[:cut]) if number not in (sample.bad or ())
    )
    chance = Random(f"{sample.name} {size} {seed}")
    pairs = _labelled(sample, cut, size) if sample.bad else _made(sample, cut, size, chance)
    chosen = [pair for number, pair in enumerate(pairs) if number % 2 != tuning]
    windows = tuple(window for pair in chosen for window in pair)
    return Trial(sample.name, size, history, windows)


def _labelled(sample: Sample, cut: int, size: int) -> Iterator[list[Window]]:
    """As they came, two and two."""
    assert sample.bad is not None
    windows = []
    for start in range(cut, len(sample.lines) - size + 1, size):
        bad = frozenset(n - start for n in sample.bad if start <= n < start + size)
        fault = "as labelled" if bad else None
        windows.append(Window(sample.lines[start : start + size], fault, bad))
    for at in range(0, len(windows), 2):
        yield windows[at : at + 2]


def _made(sample: Sample, cut: int, size: int, chance: Random) -> Iterator[list[Window]]:
    """Each clean stretch as it is, and once more with a fault put into it."""
    history = sample.lines[:cut]
    names = list(FAULTS)
    for number, start in enumerate(range(cut, len(sample.lines) - size + 1, size)):
        lines = sample.lines[start : start + size]
        if any(has_own_fault(sample.name, line) for line in lines):
            continue
        # Each kind as often for tuning as for the report.
        name = names[number // 2 % len(names)]
        fault = FAULTS[name](head_of(chance.choice(lines)), lines, history, chance)
        yield [Window(lines), _with(lines, name, fault, chance)]


def _with(lines: tuple[str, ...], name: str, fault: list[str], chance: Random) -> Window:
    """As long as before; a burst is spread, a stack trace is not."""
    left = list(lines[: len(lines) - len(fault)])
    together = name == "stack trace"
    first = chance.randint(0, len(left))
    places = [first if together else chance.randint(0, len(left)) for _ in fault]
    merged = sorted(
        [
            (place, 1, order, line)
            for order, (place, line) in enumerate(zip(sorted(places), fault, strict=True))
        ]
        + [(place, 2, 0, line) for place, line in enumerate(left)]
    )
    bad = frozenset(number for number, (_, which, _, _) in enumerate(merged) if which == 1)
    return Window(tuple(line for *_, line in merged), name, bad)
