"""How many Monitors are bad: what the title and the icon of every page say."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from webapp.models.states import bad_numbers


@dataclass(frozen=True)
class BadCount:
    """`worst` is the state of the worst of them; None where none is bad, or none could be asked."""

    number: int = 0
    worst: str | None = None

    @classmethod
    def at(cls, now: datetime) -> Self:
        numbers = bad_numbers(now)
        return cls(sum(numbers.values()), next(iter(numbers), None))

    @property
    def mark(self) -> str:
        """What a title begins with, as `(3) `."""
        return f"({self.number}) " if self.number else ""
