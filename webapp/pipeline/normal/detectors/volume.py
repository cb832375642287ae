"""Many times as many lines as ever."""

from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign


def find(seen: Seen, normal: Normal) -> list[Sign]:
    if not normal.sizes or not seen.events:
        return []
    most = max(normal.sizes)
    says = f"{seen.events:,} lines; in normal times at most {most:,}."
    kind, _ = max(seen.kinds.items(), key=lambda item: item[1].count)
    return [Sign(seen.events / most, "warn", says, kind)]
