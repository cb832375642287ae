"""How strong a sign must be to be told, so that normal windows raise few alarms."""

from collections.abc import Mapping, Sequence

from .detectors import DETECTORS
from .signs import Strengths

# Of the windows that are held out, all detectors together may alarm on so many.
MOST_ALARMS = 0.04
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
    return {
        name: max(DETECTORS[name].floor, values[place] + _JUST_ABOVE if values else 0.0)
        for name, values in order.items()
    }


def _alarms(strengths: Strengths, cut: Mapping[str, float]) -> bool:
    return any(strength >= cut[name] for name, strength in strengths.items())
