"""How a Monitor stands now: the part of its page that is watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Self

from webapp.models import LlmUsage, Monitor, Run
from webapp.models.llm_usage import Spent
from webapp.pages.bad_count import BadCount

STRIP = 60
# Places that the strip has at least, so that few Runs are no broad blocks.
FEWEST = 30
# More of them are on the page of their Run.
FINDINGS = 5


@dataclass(frozen=True)
class Now:
    """`runs` are its last Runs, oldest first; `last` is the last that ended, `telling` the last
    that found something, and `spent` is what LLMs took this month. `bad` is of all
    Monitors, as the title of the page has it."""

    monitor: Monitor
    runs: Sequence[Run]
    last: Run | None
    live: Run | None
    telling: Run | None
    spent: Spent
    bad: BadCount

    @classmethod
    def of(cls, monitor: Monitor, now: datetime) -> Self:
        runs = Monitor.recent_runs([monitor.id], STRIP).get(monitor.id, [])
        return cls(
            monitor=monitor,
            runs=runs,
            last=next((run for run in reversed(runs) if not run.live), None),
            live=next((run for run in reversed(runs) if run.live), None),
            telling=Run.last_with_findings(monitor.id),
            spent=LlmUsage.since(now.date().replace(day=1), monitor.id),
            bad=BadCount.at(now),
        )

    @property
    def gap(self) -> int:
        """Places of the strip that no Run fills yet."""
        return max(FEWEST - len(self.runs), 0)

    @property
    def findings(self) -> Sequence[dict[str, Any]]:
        return self.telling.findings[:FINDINGS] if self.telling else []

    @property
    def version(self) -> str:
        """Another one where the page would show anything else, but for what the clock moves."""
        return blake2b(repr(self._shown()).encode(), digest_size=8).hexdigest()

    def _shown(self) -> tuple[Any, ...]:
        monitor = self.monitor
        runs = [(run.id, run.status, run.stage) for run in self.runs[-2:]]
        told = self.telling.notifications if self.telling else []
        sent = [(one.id, one.status, one.attempts) for one in told]
        return monitor.updated_at, monitor.next_run_at, monitor.muted, runs, sent, self.bad
