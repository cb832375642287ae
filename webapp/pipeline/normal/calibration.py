"""How strong a sign must be to be told, so that normal windows raise few alarms."""

import math
from collections.abc import Mapping, Sequence

from .detectors import DETECTORS
from .signs import Strengths

# Of the windows that are held out, all detectors together may alarm on so many.
MOST_ALARMS = 0.04
# Of fewer that came over the floor, no tail can be told.
LEAST_OVER = 3
_JUST_ABOVE = 1e-6


def thresholds(held_out: Sequence[Strengths]) -> Mapping[str, float]:
    """By detector; never below its floor.

    Each is cut at the same place of its own order, the lowest at which they keep to MOST_ALARMS
    together: several detectors at 4 % each would be far above 4 %.
    """
    allowed = int(MOST_ALARMS * (len(held_out) + 1) - 0.5)
    order = {
        name: sorted((one.get(name, 0.0) for one in held_out), reverse=True) for name in DETECTORS
    }
    for place in range(allowed, 0, -1):
        cut = _cut(order, place)
        if sum(_alarms(one, cut) for one in held_out) <= allowed:
            return cut
    return _cut(order, 0)


def _cut(order: Mapping[str, Sequence[float]], place: int) -> dict[str, float]:
    return {name: _threshold(DETECTORS[name].floor, order[name], place) for name in order}


def _threshold(floor: float, values: Sequence[float], place: int) -> float:
    """`values`: the largest first. Where more came over the floor than may, those that are still to
    come go further than the largest did: so far as the tail of an exponential has it."""
    cut = max(floor, values[place] + _JUST_ABOVE if values else 0.0)
    over = [value - floor for value in values if value]
    if len(over) < LEAST_OVER:
        return cut
    share, mean = len(over) / len(values), sum(over) / len(over)
    return max(cut, floor + mean * math.log(share / MOST_ALARMS))


def _alarms(strengths: Strengths, cut: Mapping[str, float]) -> bool:
    return any(strength >= cut[name] for name, strength in strengths.items())
