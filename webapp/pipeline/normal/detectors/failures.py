"""A known failure, such as a full disk, that this source never reported before."""

from webapp.pipeline.normal.grades import Grade
from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign
from webapp.pipeline.shapes import SHAPES
from webapp.pipeline.values import Severity

# Of what is harmless when it comes alone, so many are too many where none came before.
MOST_ALONE = 3


def find(seen: Seen, normal: Normal) -> list[Sign]:
    new = {name: n for name, n in seen.failures.items() if name not in normal.failures}
    return [
        _sign(name, number, seen, normal)
        for name, number in new.items()
        if number >= min(MOST_ALONE, SHAPES[name].alert_from)
    ]


def _sign(name: str, number: int, seen: Seen, normal: Normal) -> Sign:
    shape = SHAPES[name]
    kind = next(kind for kind, one in seen.of_grade(Grade.ERROR) if one.failure == name)
    times = "" if number == 1 else f", {number:,} times"
    says = (
        f"{shape.title[0].upper()}{shape.title[1:]}{times}, which none of the {normal.windows:,} "
        "normal windows before had."
    )
    severity: Severity = "alert" if number >= shape.alert_from else "warn"
    return Sign(1.0, severity, says, kind)
