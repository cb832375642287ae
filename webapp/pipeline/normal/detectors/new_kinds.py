"""Lines of a kind that was never seen here, and like none that was."""

from webapp.pipeline.normal.grades import Grade
from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen, SeenKind
from webapp.pipeline.normal.signs import Sign
from webapp.pipeline.shapes import SHAPES
from webapp.pipeline.values import Severity

_WHAT = {
    Grade.ERROR: "A line that reports an error",
    Grade.WARN: "A line that warns",
    Grade.FAILING: "A line with words of failure",
}


def errors(seen: Seen, normal: Normal) -> list[Sign]:
    return _new(seen, normal, Grade.ERROR, "alert")


def warnings(seen: Seen, normal: Normal) -> list[Sign]:
    return _new(seen, normal, Grade.WARN, "warn")


def failing(seen: Seen, normal: Normal) -> list[Sign]:
    return _new(seen, normal, Grade.FAILING, "warn")


def _new(seen: Seen, normal: Normal, grade: Grade, severity: Severity) -> list[Sign]:
    new = [(kind, one) for kind, one in seen.of_grade(grade) if kind not in normal.kinds]
    signs = [_sign(kind, one, normal, severity) for kind, one in new]
    return sorted(signs, key=lambda sign: -sign.strength)


def _sign(kind: str, one: SeenKind, normal: Normal, severity: Severity) -> Sign:
    times = "" if one.count == 1 else f", {one.count:,} times"
    what = _WHAT[one.grade]
    if one.failure:
        title = SHAPES[one.failure].title
        what = f"{title[0].upper()}{title[1:]}: {what[0].lower()}{what[1:]}"
    says = (
        f"{what}{times}, of a kind that none of the {normal.windows:,} normal windows "
        f"before had ({normal.events:,} lines)."
    )
    return Sign(normal.novelty(kind), severity, says, kind)
