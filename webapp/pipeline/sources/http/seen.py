"""What of a log with times was read before; kept as the position of an Input."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webapp.pipeline.sources.http.records import Record
from webapp.pipeline.sources.http.times import NANO

# Entries may arrive so much later than others that have the same time.
LATE_SECONDS = 120
# They are written with every Run that is judged: 20 kB.
MOST_IDS = 1000


class Seen:
    """All entries before `since` were read, and of those at or after it the ones with these ids.

    `since` None: nothing was read before.
    """

    def __init__(self, position: Mapping[str, Any] | None) -> None:
        self.since: int | None = position["since"] if position else None
        self._ids = frozenset(position["ids"] if position else ())

    def split(self, records: Iterable[Record]) -> tuple[list[Record], list[Record]]:
        """Those that were read before, and the new ones, each in their order."""
        known: list[Record] = []
        new: list[Record] = []
        for one in records:
            (new if self._is_new(one) else known).append(one)
        return known, new

    def after(self, records: Sequence[Record], begin: int, *, cut: bool) -> dict[str, Any] | None:
        """The position once these, which are in order of time, were read too.

        `begin`: where reading begins where there was never one. `cut`: what is older than these
        was not looked at, so that nobody knows its ids. None where nothing has a time.
        """
        timed = [(one.time, one.id) for one in records if one.time is not None]
        if not timed:
            since = begin if self.since is None else self.since
            return None if records else {"since": since, "ids": sorted(self._ids)}
        least = timed[0][0] if cut else self.since or 0
        since = max(least, _horizon([time for time, _ in timed]))
        return {"since": since, "ids": sorted({known for time, known in timed if time >= since})}

    def _is_new(self, one: Record) -> bool:
        if self.since is None or one.time is None:
            return True
        return one.time >= self.since and one.id not in self._ids


def _horizon(times: Sequence[int]) -> int:
    """From when on ids are kept: a while back, but not more of them than can be kept."""
    late = times[-1] - LATE_SECONDS * NANO
    return late if len(times) <= MOST_IDS else max(late, times[-MOST_IDS])
