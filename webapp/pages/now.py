"""How a Monitor stands now: the part of its page that is watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Self

from markupsafe import Markup

from webapp.budgets import BudgetUse, budget_uses
from webapp.models import LlmUsage, Monitor, Run
from webapp.models.llm_usage import Spent
from webapp.models.overview import Strip, strips
from webapp.pages import strip
from webapp.pages.bad_count import BadCount
from webapp.schemas.monitor import Budget

STRIP = 60
# Places that the strip has at least, so that few Runs are no broad blocks.
FEWEST = 30
# More of them are on the page of their Run.
FINDINGS = 5


@dataclass(frozen=True)
class Now:
    """`runs` are its last Runs, oldest first, and `newest` the last two of them, newest first, as
    none but the newest is live. `telling` is the last that found something, and `spent` is what
    LLMs took this month, with the Monitor's own `budgets`. `bad` is of all Monitors, as the title
    of the page has it."""

    monitor: Monitor
    runs: Sequence[Strip]
    newest: Sequence[Run]
    telling: Run | None
    spent: Spent
    budgets: Sequence[BudgetUse]
    bad: BadCount

    @classmethod
    def of(cls, monitor: Monitor, now: datetime) -> Self:
        return cls(
            monitor=monitor,
            runs=strips([monitor.id], STRIP)[monitor.id],
            newest=Run.history(monitor.id, 2),
            telling=Run.last_with_findings(monitor.id),
            spent=LlmUsage.since(now.date().replace(day=1), monitor.id),
            budgets=budget_uses(Budget(), now.date(), monitor.id),
            bad=BadCount.at(now),
        )

    @property
    def last(self) -> Run | None:
        """The last that ended."""
        return next((run for run in self.newest if not run.live), None)

    @property
    def live(self) -> Run | None:
        return next((run for run in self.newest if run.live), None)

    @property
    def strip(self) -> Markup:
        return strip.drawn(self.runs, max(FEWEST, len(self.runs)))

    @property
    def findings(self) -> Sequence[dict[str, Any]]:
        return self.telling.findings[:FINDINGS] if self.telling else []

    @property
    def version(self) -> str:
        """Another one where the page would show anything else, but for what the clock moves."""
        return blake2b(repr(self._shown()).encode(), digest_size=8).hexdigest()

    def _shown(self) -> tuple[Any, ...]:
        monitor = self.monitor
        runs = [(run.id, run.status, run.stage) for run in self.newest]
        said = [(run.id, sorted(run.corrections)) for run in self.runs if run.corrections]
        told = self.telling.notifications if self.telling else []
        sent = [(one.id, one.status, one.attempts) for one in told]
        return monitor.updated_at, monitor.next_run_at, monitor.muted, runs, said, sent, self.bad
