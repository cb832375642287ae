"""A window against what is normal for its source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .calibration import thresholds
from .detectors import find_signs
from .normal import Normal
from .seen import Seen, count
from .signs import Sign, Strengths, strengths
from .youth import believed

# So many events of a first window are taken for as many windows, so that the next one can be
# told from something.
FIRST_EVENTS = 200
FIRST_PARTS = 10


@dataclass(frozen=True)
class Compared:
    """`alarms`: what is to be told, the gravest first; none where the history is not `enough`.

    `known_windows`, `known_events`: what it was compared with. `new_kinds`: how many kinds of line
    were never seen before. `strengths`: of all signs, which `Normal.learn` asks for. `lines`: by
    kind, the number of the line of the judged text that shows its newest, once that is known.
    """

    seen: Seen
    normal: Normal
    known_windows: int
    known_events: int
    new_kinds: int
    alarms: tuple[Sign, ...]
    strengths: Strengths
    enough: bool
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def telling(self) -> list[int]:
        """The numbers, from 0, of the newest line of each kind that alarms."""
        kinds = dict.fromkeys(sign.kind for sign in self.alarms if sign.kind)
        return [self.seen.kinds[kind].newest for kind in kinds]


def compare(seen: Seen, normal: Normal) -> Compared:
    signs = find_signs(seen, normal)
    cut = thresholds(normal.calibration)
    over = [sign for name, found in signs.items() for sign in found if sign.strength >= cut[name]]
    alarms = sorted(_once(over), key=lambda sign: sign.severity != "alert")
    enough = normal.is_enough
    return Compared(
        seen=seen,
        normal=normal,
        known_windows=normal.windows,
        known_events=normal.events,
        new_kinds=sum(kind not in normal.kinds for kind in seen.kinds),
        alarms=tuple(alarms) if enough else (),
        strengths=strengths(signs),
        enough=enough,
    )


def learn(compared: Compared, lines: Sequence[str]) -> Normal:
    """The window becomes a part of what is normal; while too little is known, so far as it can be
    believed. A first one that is long enough is many."""
    normal, seen = compared.normal, compared.seen
    if compared.enough:
        normal.learn(seen, None if compared.alarms else compared.strengths)
    elif not is_first(seen, normal):
        _learn(normal, believed(seen, normal))
    else:
        for part in parts_of(lines):
            _learn(normal, believed(count(part), normal))
        normal.were_one(seen.events)
    if normal.is_enough:
        normal.doubted = []
    return normal


def is_first(seen: Seen, normal: Normal) -> bool:
    """Whether it is a first window that is long enough to be many."""
    return not normal.windows and seen.events >= FIRST_EVENTS


def parts_of(lines: Sequence[str]) -> list[Sequence[str]]:
    """The windows that a long first one is taken for."""
    size = -(-len(lines) // FIRST_PARTS)
    return [lines[at : at + size] for at in range(0, len(lines), size)]


def learn_all(normal: Normal, windows: Iterable[Sequence[str]]) -> None:
    """Windows that are all normal, the oldest first."""
    for lines in windows:
        _learn(normal, count(lines))


def _learn(normal: Normal, seen: Seen) -> None:
    normal.learn(seen, strengths(find_signs(seen, normal)))


def _once(signs: Sequence[Sign]) -> list[Sign]:
    """One for each kind of line: what is unusual in two ways is told in one."""
    found: dict[str | None, Sign] = {}
    apart = []
    for sign in signs:
        if sign.kind is None:
            apart.append(sign)
        else:
            found.setdefault(sign.kind, sign)
    return [*found.values(), *apart]
