"""Many times as many lines as ever, in as long a time where that is known."""

from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign

# So few are many for no source.
FEW = 20


def find(seen: Seen, normal: Normal) -> list[Sign]:
    if not normal.sizes or not seen.events:
        return []
    most, as_long = _most(seen, normal)
    says = f"{seen.events:,} lines; in normal times at most {most:,.0f}{as_long}."
    kind, _ = max(seen.kinds.items(), key=lambda item: item[1].count)
    return [Sign(seen.events / max(most, FEW), "warn", says, kind, about="volume")]


def _most(seen: Seen, normal: Normal) -> tuple[float, str]:
    """A Run that reads the lines of an hour has more than others."""
    most = float(max(normal.sizes))
    if seen.seconds is None or not normal.rates:
        return most, ""
    paced = max(normal.rates) * max(1.0, seen.seconds)
    return (paced if seen.since_last else max(most, paced)), " in as long a time"
