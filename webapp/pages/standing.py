"""How a Monitor stands, as its row on a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from webapp.models import Monitor, Run

# Worst first. `new`: no Run has ended yet.
STATES = ("alert", "error", "warn", "new", "ok", "paused")
STRIP = 24


@dataclass(frozen=True)
class Standing:
    """`runs` are its last Runs, oldest first; `last` is the last that ended."""

    monitor: Monitor
    runs: Sequence[Run]
    last: Run | None
    live: Run | None

    @classmethod
    def of_all(cls, monitors: Sequence[Monitor]) -> list[Self]:
        recent = Monitor.recent_runs([monitor.id for monitor in monitors], STRIP)
        return [cls._of(monitor, recent.get(monitor.id, [])) for monitor in monitors]

    @classmethod
    def _of(cls, monitor: Monitor, runs: Sequence[Run]) -> Self:
        ended = [run for run in runs if not run.live]
        live = [run for run in runs if run.live]
        return cls(monitor, runs, ended[-1] if ended else None, live[-1] if live else None)

    @property
    def state(self) -> str:
        if self.monitor.paused:
            return "paused"
        return self.last.status if self.last else "new"

    @property
    def rank(self) -> tuple[int, str, int]:
        """Worst first; among equals by name."""
        return STATES.index(self.state), self.monitor.name.casefold(), self.monitor.id

    @property
    def gap(self) -> int:
        """Places of the strip that no Run fills yet."""
        return STRIP - len(self.runs)
