"""Blocks, requests or instances that go another way than any before."""

from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign

from .chance import surprise

TIMES = 2


def find(seen: Seen, normal: Normal) -> list[Sign]:
    total = sum(seen.steps.values())
    if not total or not normal.steps:
        return []
    new = sum(number for step, number in seen.steps.items() if step not in normal.steps)
    most = normal.new_steps * total
    says = (
        f"{new:,} of {total:,} steps of sessions (one id, one line after another) were never seen "
        f"before; in normal times at most {round(most):,} of as many."
    )
    return [Sign(surprise(new, max(TIMES * most, 0.5)), "warn", says)]
