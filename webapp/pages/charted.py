"""What is shown of past Runs, a kind of chart each: its amounts, its scale and its words; pure."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.models import Measured
from webapp.models.run import DONE
from webapp.pages.filters import HOUR, MINUTE, count, dollars, duration, interval, number, size

# Of the chart's height. The worse, the taller, as in every strip: a colour is never all there is.
STATUS_HEIGHTS = {"ok": 0.4, "warn": 0.7, "alert": 1, "error": 1}
SECOND_MS, MINUTE_MS, HOUR_MS = 1000, MINUTE * 1000, HOUR * 1000
ROUND_TIMES = (
    *(10, 20, 50, 100, 200, 500),
    *(n * SECOND_MS for n in (1, 2, 5, 10, 15, 20, 30, 45)),
    *(n * MINUTE_MS for n in (1, 2, 5, 10, 15, 20, 30, 45)),
    *(n * HOUR_MS for n in (1, 2, 4, 8, 12, 24)),
)
SIZES = ((10**9, "G"), (10**6, "M"), (10**3, "k"))

Amounts = Mapping[str, float]


@dataclass(frozen=True)
class Kind:
    """`amounts` of a Run lie one upon the other, and are none where it has no such thing.

    `says` puts them into words for one Run, `words` for all that have them. The upper edge stands
    for `top` of the largest, which `label` tells. `keys` name the amounts, where they are several.
    """

    name: str
    title: str
    amounts: Callable[[Measured], Amounts]
    says: Callable[[Measured], str]
    words: Callable[[Sequence[Measured]], str]
    top: Callable[[float], float]
    label: Callable[[float], str]
    keys: Mapping[str, str] = field(default_factory=dict)


def round_number(most: float) -> int:
    """A digit and zeros: the first such number that is no less."""
    power: int = 10 ** math.floor(math.log10(max(most, 1)))
    return next(n * power for n in (1, 2, 3, 4, 5, 6, 8, 10) if n * power >= most)


def round_time(most_ms: float) -> int:
    """In milliseconds: the first round time that is no less."""
    return next((t for t in ROUND_TIMES if t >= most_ms), round_number(most_ms / HOUR_MS) * HOUR_MS)


def short(value: float) -> str:
    """`500`, `20k`, `5M`, of a round number."""
    for unit, name in SIZES:
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def short_time(milliseconds: float) -> str:
    """`500 ms`, `20 s`, `5 min`, of a round time."""
    if milliseconds < SECOND_MS:
        return duration(int(milliseconds))
    return interval(int(milliseconds) // SECOND_MS)


def _status(run: Measured) -> Amounts:
    return {run.status: STATUS_HEIGHTS[run.status]}


def _numbers(runs: Sequence[Measured]) -> str:
    numbers = Counter(run.status for run in runs)
    return ", ".join(f"{numbers[name]} {name}" for name in DONE if numbers[name])


def _taken(run: Measured) -> Amounts:
    return {} if run.duration_ms is None else {"taken": run.duration_ms}


def _took(run: Measured) -> str:
    return f"took {duration(run.duration_ms or 0)}"


def _times(begun: Sequence[Measured]) -> str:
    if not begun:
        return "none of them began"
    taken = [run.duration_ms or 0 for run in begun]
    half, most = duration(rank(taken, 0.5)), duration(rank(taken, 0.95))
    return most if half == most else f"half within {half}, 95 % within {most}"


def _lines(run: Measured) -> Amounts:
    """What was kept, on top of it what is counted with that, and then what was read and cut."""
    if run.lines is None:
        return {}
    kept = min(run.kept_lines or 0, run.lines)
    alike = min(run.alike_lines or 0, run.lines - kept)
    return {"kept": kept, "alike": alike, "cut": run.lines - kept - alike}


def _read(run: Measured) -> str:
    read = f"{count(run.lines or 0, 'line')}, {size(run.bytes or 0)}"
    alike = f", {number(run.alike_lines)} more like them" if run.alike_lines else ""
    return f"read {read}; kept {count(run.kept_lines or 0, 'line')}{alike}"


def _volumes(read: Sequence[Measured]) -> str:
    if not read:
        return "none of them read anything"
    lines = count(rank([run.lines or 0 for run in read], 0.5), "line")
    volume = size(rank([run.bytes or 0 for run in read], 0.5))
    kept = number(rank([run.kept_lines or 0 for run in read], 0.5))
    return f"typically {lines} ({volume}), {kept} kept"


def _tokens(run: Measured) -> Amounts:
    if run.input_tokens is None:
        return {}
    return {"in": run.input_tokens, "out": run.output_tokens or 0}


def _asked(run: Measured) -> str:
    tokens = f"{number(run.input_tokens or 0)} tokens in, {number(run.output_tokens or 0)} out"
    return tokens if run.cost_usd is None else f"{tokens}, {dollars(run.cost_usd)}"


def _sums(asked: Sequence[Measured]) -> str:
    if not asked:
        return "none: no LLM was asked"
    taken_in = number(sum(run.input_tokens or 0 for run in asked))
    out = number(sum(run.output_tokens or 0 for run in asked))
    return f"{taken_in} in, {out} out, {_cost(asked)}"


def _cost(asked: Sequence[Measured]) -> str:
    priced = [run.cost_usd for run in asked if run.cost_usd is not None]
    if not priced:
        return "at a price that is not known"
    unpriced = len(asked) - len(priced)
    rest = f" and {count(unpriced, 'Run')} of no known price" if unpriced else ""
    return f"{dollars(sum(priced))}{rest}"


def rank(values: Sequence[int], share: float) -> int:
    """The value that this share of them does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


KINDS = (
    Kind(
        name="status",
        title="Status",
        amounts=_status,
        says=lambda run: run.status,
        words=_numbers,
        top=lambda _: 1,
        label=lambda _: "",
    ),
    Kind(
        name="duration",
        title="Duration",
        amounts=_taken,
        says=_took,
        words=_times,
        top=round_time,
        label=short_time,
    ),
    Kind(
        name="volume",
        title="Log volume",
        amounts=_lines,
        says=_read,
        words=_volumes,
        top=round_number,
        label=short,
        keys={"kept": "lines kept", "alike": "more like them", "cut": "lines cut"},
    ),
    Kind(
        name="tokens",
        title="Tokens",
        amounts=_tokens,
        says=_asked,
        words=_sums,
        top=round_number,
        label=short,
        keys={"in": "in", "out": "out"},
    ),
)
