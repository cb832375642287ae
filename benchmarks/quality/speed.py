"""How fast the built-in reading is, on one core."""

import time
from collections.abc import Iterable, Mapping

from webapp.pipeline.normal import Normal, compare, count, learn_all

from .samples import Sample

ROUNDS = 9
# As many as a busy source gives in five minutes.
LINES = 1000
HISTORY_PARTS = 10


def rates(samples: Iterable[Sample]) -> Mapping[str, float]:
    """Lines a second by system: counted, and compared with a history that is there."""
    return {sample.name: _rate(sample) for sample in samples}


def _rate(sample: Sample) -> float:
    history, window = sample.lines[:-LINES], sample.lines[-LINES:]
    size = max(1, len(history) // HISTORY_PARTS)
    normal = Normal()
    learn_all(normal, (history[at : at + size] for at in range(0, len(history), size)))
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        compare(count(window), normal)
        seconds.append(time.process_time() - began)
    return len(window) / min(seconds)
