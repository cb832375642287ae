"""How much text is sent of a long window, and whether the fault can still be seen in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from webapp.schemas.monitor import WindowConfig

from .judges import Opinions
from .windows import Trial, Window

# As measured on such logs with the tokenizers of small models: ids and times are dear.
CHARS_PER_TOKEN = 1.86


@dataclass(frozen=True)
class Sent:
    """Of bad windows: median tokens of all, of the last characters alone, and as sent; and the
    shares of windows in which a line of the fault is left."""

    windows: int
    whole: float
    tail: float
    sent: float
    tail_shows: float
    sent_shows: float


def sent(trials: Iterable[Trial], judge: Opinions) -> Sent | None:
    """None where no window is bad."""
    told = [
        (window, opinion.shown or "")
        for trial in trials
        for window, opinion in judge(trial, learning=False)
        if window.fault
    ]
    if not told:
        return None
    tails = [(window, _tail(window)) for window, _ in told]
    return Sent(
        windows=len(told),
        whole=median(_tokens(window.text) for window, _ in told),
        tail=median(_tokens(text) for _, text in tails),
        sent=median(_tokens(text) for _, text in told),
        tail_shows=_visible(tails),
        sent_shows=_visible(told),
    )


def _tail(window: Window) -> str:
    return window.text[-WindowConfig().max_chars :]


def _tokens(text: str) -> float:
    return len(text) / CHARS_PER_TOKEN


def _visible(told: list[tuple[Window, str]]) -> float:
    return sum(_shows(text, window) for window, text in told) / len(told)


def _shows(text: str, window: Window) -> bool:
    lines = {line.strip() for line in text.split("\n")}
    return any(window.lines[number].strip() in lines for number in window.bad)
