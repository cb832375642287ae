"""Lines of a kind that was never seen here, and like none that was."""

from webapp.pipeline.normal.grades import Grade, failing_words
from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen, SeenKind
from webapp.pipeline.normal.signs import Sign
from webapp.pipeline.shapes import SHAPES
from webapp.pipeline.values import Severity

from .chance import surprise

# Lines of a new kind in one window, from which on it is one that comes again and again.
LEAST_REPEATED = 3
# Below it, what tells it from a kind before may be a name or a number.
LEAST_NEW = 0.75
# How many are expected of a kind that was never there.
EXPECTED = 0.5

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


def repeated(seen: Seen, normal: Normal) -> list[Sign]:
    """However much they have in common with others: one thing that goes wrong again and again."""
    new = [
        (kind, one)
        for kind, one in seen.of_grade(Grade.ERROR, Grade.WARN, Grade.FAILING)
        if kind not in normal.kinds
        and one.count >= LEAST_REPEATED
        and _novelty(kind, one, normal) >= LEAST_NEW
    ]
    signs = [
        _sign(kind, one, normal, "alert" if one.grade is Grade.ERROR else "warn", _unlikely(one))
        for kind, one in new
    ]
    return sorted(signs, key=lambda sign: -sign.strength)


def _novelty(kind: str, one: SeenKind, normal: Normal) -> float:
    """Half of what it has in common with others counts where it fails in words that none of them
    ever used."""
    novelty = normal.vocabulary.novelty(kind)
    words = failing_words(kind)
    return novelty if not words or normal.vocabulary.knows(words) else (1 + novelty) / 2


def _unlikely(one: SeenKind) -> float:
    return surprise(one.count, EXPECTED)


def _new(seen: Seen, normal: Normal, grade: Grade, severity: Severity) -> list[Sign]:
    new = [(kind, one) for kind, one in seen.of_grade(grade) if kind not in normal.kinds]
    signs = [_sign(kind, one, normal, severity, _novelty(kind, one, normal)) for kind, one in new]
    return sorted(signs, key=lambda sign: -sign.strength)


def _sign(kind: str, one: SeenKind, normal: Normal, severity: Severity, strength: float) -> Sign:
    times = "" if one.count == 1 else f", {one.count:,} times"
    what = _WHAT[one.grade]
    if one.failure:
        title = SHAPES[one.failure].title
        what = f"{title[0].upper()}{title[1:]}: {what[0].lower()}{what[1:]}"
    says = (
        f"{what}{times}, of a kind that none of the {normal.windows:,} normal windows "
        f"before had ({normal.events:,} lines)."
    )
    return Sign(strength, severity, says, kind)
