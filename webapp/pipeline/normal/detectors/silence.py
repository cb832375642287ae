"""No line at all, where every window had some."""

import math

from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign

# That so many windows had lines, and none was without, says that the next one has some too.
LEAST_WINDOWS = 20


def find(seen: Seen, normal: Normal) -> list[Sign]:
    """As strong as it is unlikely to see none, at the lowest rate that ever was."""
    if seen.events or not seen.since_last or normal.silent or normal.windows < LEAST_WINDOWS:
        return []
    seconds = seen.seconds or 0.0
    expected = min(normal.rates, default=0.0) * seconds
    says = (
        f"Not one line in {seconds:,.0f} s; each of the {normal.windows:,} normal windows "
        f"before had some, at least {expected:,.0f} in as long a time."
    )
    return [Sign(expected / math.log(10), "warn", says, about="silence")]
