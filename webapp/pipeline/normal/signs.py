"""What is unusual in a window, and by how much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.pipeline.values import Severity


@dataclass(frozen=True)
class Sign:
    """`strength` has the unit of its detector. `kind`: the kind of line that shows it, if one does.

    `says` is a sentence with its numbers. `about`: what it is known again by besides that kind, as
    it says more than that such a line is there; `mixed`: other kinds of line stand behind it too.
    """

    strength: float
    severity: Severity
    says: str
    kind: str | None = None
    about: str = ""
    mixed: bool = False


Signs = Mapping[str, Sequence[Sign]]
Strengths = Mapping[str, float]


def strengths(signs: Signs) -> dict[str, float]:
    """Of each detector's strongest sign; those that found nothing are left out."""
    return {
        name: round(max(sign.strength for sign in found), 3)
        for name, found in signs.items()
        if found
    }
