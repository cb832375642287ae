"""What is looked for in a window. A detector is a file and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign, Signs

from . import absence, failures, new_kinds, sessions, severities, silence, surges, volume


@dataclass(frozen=True)
class Detector:
    """Signs that are weaker than `floor` are none, whatever the history says."""

    find: Callable[[Seen, Normal], list[Sign]]
    floor: float


DETECTORS: Mapping[str, Detector] = {
    "new_error": Detector(new_kinds.errors, 0.75),
    "new_warning": Detector(new_kinds.warnings, 0.8),
    "new_failing": Detector(new_kinds.failing, 0.86),
    "new_repeated": Detector(new_kinds.repeated, 1.2),
    "known_failure": Detector(failures.find, 1),
    "severities": Detector(severities.find, 5),
    "surge": Detector(surges.failing, 3),
    "flood": Detector(surges.calm, 3),
    "volume": Detector(volume.find, 3),
    "absence": Detector(absence.find, 3),
    "silence": Detector(silence.find, 3),
    "sessions": Detector(sessions.find, 4),
}


def find_signs(seen: Seen, normal: Normal) -> Signs:
    """Those that reach the floor of their detector, by its name."""
    found = {name: _strong(detector, seen, normal) for name, detector in DETECTORS.items()}
    return {name: signs for name, signs in found.items() if signs}


def _strong(detector: Detector, seen: Seen, normal: Normal) -> list[Sign]:
    return [sign for sign in detector.find(seen, normal) if sign.strength >= detector.floor]
