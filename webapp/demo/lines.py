"""Lines of a log, as many as are asked for, each with its time and what differs from the last."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from string import Formatter

USERS = ("anna", "ben", "chen", "dora", "emre", "fatima", "jon", "lea", "admin", "test", "oracle")
KINDS: dict[str, Callable[[Random], object]] = {
    "big": lambda random: random.randint(1_000, 99_999),
    "few": lambda random: random.randint(1, 6),
    "hex": lambda random: f"{random.getrandbits(32):08x}",
    "kb": lambda random: random.randint(80, 16_000),
    "ms": lambda random: random.randint(18, 640),
    "n": lambda random: random.randint(2, 9),
    "oip": lambda random: f"203.0.113.{random.randint(2, 250)}",
    "pct": lambda random: random.randint(21, 74),
    "pid": lambda random: random.randint(900, 32_000),
    "port": lambda random: random.randint(1_024, 65_000),
    "price": lambda random: f"{random.uniform(97_100, 97_400):.2f}",
    "user": lambda random: random.choice(USERS),
}
GAP = (0.4, 9.0)
_formatter = Formatter()


class _Fields(dict[str, object]):
    """A new value each time that one is asked for."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, kind: str) -> object:
        return KINDS[kind](self._random)


def some(templates: Sequence[str], number: int, random: Random) -> list[str]:
    """So many of them, by chance."""
    return [random.choice(templates) for _ in range(number)]


def written(templates: Sequence[str], stamp: str, until: datetime, random: Random) -> list[str]:
    """The lines with their times, the last of them just before `until`."""
    gaps = [timedelta(seconds=random.uniform(*GAP)) for _ in templates]
    at = until - sum(gaps, timedelta(0))
    lines = []
    for template, gap in zip(templates, gaps, strict=True):
        lines.append(f"{_stamped(stamp, at)} {_filled(template, random)}")
        at += gap
    return lines


def _stamped(stamp: str, at: datetime) -> str:
    """As strftime, with `%L` for milliseconds."""
    return at.strftime(stamp.replace("%L", f"{at.microsecond // 1000:03}"))


def _filled(template: str, random: Random) -> str:
    return _formatter.vformat(template, (), _Fields(random))
