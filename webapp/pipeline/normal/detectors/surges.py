"""A known kind of line, far more often than it ever was."""

from webapp.pipeline.normal.grades import Grade
from webapp.pipeline.normal.normal import KnownKind, Normal
from webapp.pipeline.normal.seen import Seen, SeenKind
from webapp.pipeline.normal.signs import Sign
from webapp.pipeline.values import Severity

from .chance import surprise

LEAST = 3
# The largest share that it had so far says little of the largest that it may have.
TIMES = 2


def failing(seen: Seen, normal: Normal) -> list[Sign]:
    return _surges(seen, normal, Grade.FAILING, Grade.WARN, Grade.ERROR)


def calm(seen: Seen, normal: Normal) -> list[Sign]:
    return _surges(seen, normal, Grade.CALM)


def _surges(seen: Seen, normal: Normal, *grades: Grade) -> list[Sign]:
    found = [
        _sign(kind, one, normal.kinds[kind], seen, normal)
        for kind, one in seen.of_grade(*grades)
        if one.count >= LEAST and kind in normal.kinds
    ]
    return sorted(found, key=lambda sign: -sign.strength)


def _sign(kind: str, one: SeenKind, known: KnownKind, seen: Seen, normal: Normal) -> Sign:
    usual = (known.count + 0.5) / (normal.events + 1)
    most = known.most * seen.events
    # What comes once a minute is all that comes at night.
    paced = usual * (normal.usual_pace(seen) or 0.0)
    strength = surprise(one.count, max(usual * seen.events, TIMES * most, paced))
    says = (
        f"{one.count:,} lines of this kind among {seen.events:,}; in normal times at most "
        f"{round(most):,} of as many."
    )
    severity: Severity = "alert" if one.grade is Grade.ERROR else "warn"
    return Sign(strength, severity, says, kind)
