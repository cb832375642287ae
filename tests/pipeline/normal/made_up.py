"""A shop's log, as calm as one is: windows of it, seeded."""

import random
from collections.abc import Sequence

from webapp.pipeline.normal import Compared, Normal, compare, count, learn_all

LINES = 50
WINDOWS = 40


def window(seed: int, lines: int = LINES) -> list[str]:
    """Orders and requests, a slow query and a refused login now and then."""
    dice = random.Random(seed)
    return [_line(dice, number) for number in range(lines)]


def usual(windows: int = WINDOWS) -> Normal:
    normal = Normal()
    learn_all(normal, (window(seed) for seed in range(windows)))
    return normal


def compared(lines: Sequence[str], normal: Normal | None = None) -> Compared:
    return compare(count(lines), normal or usual())


def _line(dice: random.Random, number: int) -> str:
    stamp = f"2026-11-22 10:{number // 60:02}:{number % 60:02}"
    chance = dice.random()
    if chance < 0.02:
        return f"{stamp} WARN slow query took {dice.randint(800, 2000)} ms in orders.find"
    if chance < 0.04:
        return f"{stamp} ERROR login of user{dice.randint(1, 99)} refused: wrong password"
    if chance < 0.06:
        return f"{stamp} INFO cache of section {dice.randint(1, 9)} cleared"
    if chance < 0.4:
        return (
            f"{stamp} INFO order {dice.randint(1, 99999)} stored for customer {dice.randint(1, 99)}"
        )
    return f"{stamp} INFO GET /articles/{dice.randint(1, 999)} 200 in {dice.randint(1, 90)} ms"
