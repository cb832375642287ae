"""Why processes ended that the fire had not struck, and what a Run that kills its workers did."""

import signal
from collections import Counter
from collections.abc import Mapping, Sequence

from tests.chaos.audit import Write
from tests.chaos.fleet import End
from webapp.models import Run

# Why a process ends itself, by its kind and its status.
REASONS = {
    ("worker", 0): ("worker ends",),  # it has done so many jobs
    ("worker", 1): ("the leases cannot be kept up",),
}


def unexplained(ends: Sequence[End], most: Mapping[str, int]) -> list[str]:
    """A sentence for each process that ended by itself and had no reason to.

    `most`: how many of each kind may have been killed by others than the fire.
    """
    left = Counter(most)
    found = []
    for end in ends:
        if end.status == -signal.SIGKILL and left[end.kind] > 0:
            left[end.kind] -= 1
        elif not any(words in end.last_words for words in REASONS.get((end.kind, end.status), ())):
            found.append(f"{end.name} ended with {end.status}, and said: {end.last_words}")
    return found


def lost_beside(runs: Sequence[Run], seen: Sequence[Write], ends: Sequence[End]) -> list[int]:
    """Runs that were closed as lost though the fire struck none of their workers: another Run
    had killed these."""
    killed = {end.name for end in ends if end.status == -signal.SIGKILL}
    holders: dict[int, list[str | None]] = {}
    for write in seen:
        if write.new.attempt != write.old.attempt:
            holders.setdefault(write.run_id, []).append(write.writer)
    return [
        run.id for run in runs if run.error_kind == "lost" and killed.issuperset(holders[run.id])
    ]
