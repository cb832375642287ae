"""Far more lines that declare or report an error than in normal times."""

from webapp.pipeline.normal.grades import Grade
from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign

from .chance import surprise

LEAST = 3
# Twice what all but the worst tenth of normal windows have.
USUAL = 0.9
TIMES = 2


def find(seen: Seen, normal: Normal) -> list[Sign]:
    if seen.grave < LEAST:
        return []
    shares = sorted(normal.grave)
    usual = shares[int(USUAL * (len(shares) - 1))] if shares else 0.0
    mean = sum(shares) / len(shares) if shares else 0.0
    paced = mean * (normal.usual_pace(seen) or 0.0)
    strength = surprise(seen.grave, max(TIMES * usual * seen.events, paced, 0.5))
    most = round(max(shares, default=0.0) * seen.events)
    says = (
        f"{seen.grave:,} of {seen.events:,} lines report an error; in normal times at most "
        f"{most:,} of as many."
    )
    kinds = dict(seen.of_grade(Grade.ERROR))
    kind = max(kinds, key=lambda one: kinds[one].count)
    return [Sign(strength, "alert", says, kind, mixed=len(kinds) > 1)]
