"""What a window held, in short: kept where it alarmed, until somebody says that it was normal."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from .compare import Compared, is_first, parts_of
from .detectors import find_signs
from .grades import Grade, Graded
from .normal import MOST_KINDS, MOST_STEPS, Normal
from .seen import Seen, SeenKind, count
from .signs import strengths


@dataclass(frozen=True)
class Lesson:
    """`parts`: what a first window is taken for, should it still be the first once it is learned.

    Its text is not in it, and of no more kinds of line than a history has, the most frequent.
    """

    whole: Seen
    parts: tuple[Seen, ...] = ()

    @classmethod
    def of(cls, compared: Compared, lines: Sequence[str]) -> Self:
        parts = parts_of(lines) if is_first(compared.seen, compared.normal) else ()
        return cls(compared.seen, tuple(count(part) for part in parts))

    def teach(self, normal: Normal) -> None:
        """It becomes a part of what is normal, as if it had been from the first."""
        is_still_first = bool(self.parts) and not normal.windows
        for part in self.parts if is_still_first else ():
            normal.learn(part, None if _may_alarm(part) else strengths(find_signs(part, normal)))
        if is_still_first:
            normal.were_one(self.whole.events)
        else:
            normal.learn(self.whole, None)

    def to_json(self) -> dict[str, Any]:
        return {"whole": _to_json(self.whole), "parts": [_to_json(part) for part in self.parts]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(_from_json(data["whole"]), tuple(_from_json(part) for part in data["parts"]))


def _may_alarm(part: Seen) -> bool:
    """Whether it may be what the first window alarmed by, when severities counted by themselves."""
    return any(part.of_grade(Grade.WARN, Grade.ERROR))


def _to_json(seen: Seen) -> dict[str, Any]:
    most = sorted(seen.kinds.items(), key=lambda item: -item[1].count)[:MOST_KINDS]
    return {
        "events": seen.events,
        "kinds": {kind: [one.count, int(one.grade), one.failure] for kind, one in most},
        "steps": dict(seen.steps.most_common(MOST_STEPS)),
        "seconds": seen.seconds,
        "since_last": seen.since_last,
    }


def _from_json(data: Mapping[str, Any]) -> Seen:
    kinds = {kind: _kind(*numbers) for kind, numbers in data["kinds"].items()}
    return Seen(
        data["events"],
        kinds,
        Counter(data["steps"]),
        seconds=data["seconds"],
        since_last=data["since_last"],
    )


def _kind(number: int, grade: int, failure: str | None) -> SeenKind:
    """What else is known of a kind is read off its text, which was not kept."""
    one = SeenKind("", 0, number)
    one.graded = Graded(Grade(grade), failure)
    return one
