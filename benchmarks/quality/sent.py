"""How much text is sent of a long window, and whether the fault can still be seen in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from webapp.schemas.monitor import WindowConfig

from .judges import Opinions
from .windows import Trial, Window

# As measured on such logs with the tokenizers of small models: ids and times are dear.
CHARS_PER_TOKEN = 1.86
ALL = "all"


@dataclass(frozen=True)
class Sent:
    """Median tokens of a window, of its last characters raw, and as sent; and the shares of bad
    windows in which a line of the fault is left."""

    windows: int
    whole: float
    tail: float
    sent: float
    tail_shows: float
    sent_shows: float


def sent(trials: Iterable[Trial], judge: Opinions) -> Mapping[str, Sent]:
    """By system, and of all windows together."""
    told: dict[str, list[tuple[Window, str]]] = {}
    for trial in trials:
        shown = [(window, opinion.shown or "") for window, opinion in judge(trial, learning=False)]
        told.setdefault(trial.system, []).extend(shown)
    every = [one for shown in told.values() for one in shown]
    return {name: _sent(shown) for name, shown in {**told, ALL: every}.items()}


def _sent(told: list[tuple[Window, str]]) -> Sent:
    tails = [(window, window.text[-WindowConfig().max_chars :]) for window, _ in told]
    return Sent(
        windows=len(told),
        whole=_tokens(window.text for window, _ in told),
        tail=_tokens(text for _, text in tails),
        sent=_tokens(text for _, text in told),
        tail_shows=_visible(tails),
        sent_shows=_visible(told),
    )


def _tokens(texts: Iterable[str]) -> float:
    return median(map(len, texts)) / CHARS_PER_TOKEN


def _visible(told: list[tuple[Window, str]]) -> float:
    bad = [_shows(text, window) for window, text in told if window.fault]
    return sum(bad) / len(bad) if bad else 0.0


def _shows(text: str, window: Window) -> bool:
    lines = {line.strip() for line in text.split("\n")}
    return any(window.lines[number].strip() in lines for number in window.bad)
