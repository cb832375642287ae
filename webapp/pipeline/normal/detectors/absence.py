"""A kind of line that every window had, and this one has not: a heartbeat that ended."""

import math

from webapp.pipeline.normal.normal import KnownKind, Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign

# That so many windows had it, and none was without, says that the next one has it too.
LEAST_WINDOWS = 20


def find(seen: Seen, normal: Normal) -> list[Sign]:
    if normal.windows < LEAST_WINDOWS:
        return []
    missing = [
        _sign(kind, known, seen, normal)
        for kind, known in normal.kinds.items()
        if known.least and kind not in seen.kinds
    ]
    return sorted(missing, key=lambda sign: -sign.strength)


def _sign(kind: str, known: KnownKind, seen: Seen, normal: Normal) -> Sign:
    """As strong as it is unlikely to see none, where the fewest ever are expected."""
    expected = known.least * seen.events
    says = (
        f"No line such as “{kind}”, which each of the {normal.windows:,} normal windows before "
        f"had; at least {expected:,.0f} were to be expected among {seen.events:,}."
    )
    return Sign(expected / math.log(10), "warn", says, about=f"absence of {kind}")
