"""How fast the built-in reading is, on one core."""

import time
from collections.abc import Iterable

from webapp.pipeline.normal import Normal, compare, count, learn_all

from .windows import Trial

ROUNDS = 3


def slowest(trials: Iterable[Trial]) -> tuple[str, float]:
    """The system whose windows take longest, and its lines a second."""
    return min(((trial.system, _rate(trial)) for trial in trials), key=lambda item: item[1])


def _rate(trial: Trial) -> float:
    """Of counting and comparing windows with a history that is there."""
    normal, size = Normal(), trial.size
    history = list(trial.history)
    learn_all(normal, (history[at : at + size] for at in range(0, len(history), size)))
    lines = sum(len(window.lines) for window in trial.windows)
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for window in trial.windows:
            compare(count(window.lines), normal)
        seconds.append(time.process_time() - began)
    return lines / min(seconds)
