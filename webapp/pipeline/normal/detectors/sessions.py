"""Blocks, requests or instances that go another way than any before."""

from webapp.pipeline.normal.normal import Normal
from webapp.pipeline.normal.seen import Seen
from webapp.pipeline.normal.signs import Sign

from .chance import surprise

TIMES = 2


def find(seen: Seen, normal: Normal) -> list[Sign]:
    """Shown by the line to which the commonest of the new steps leads."""
    total = sum(seen.steps.values())
    if not total or not normal.steps:
        return []
    new = {step: number for step, number in seen.steps.items() if step not in normal.steps}
    if not new:
        return []
    count, most = sum(new.values()), normal.new_steps * total
    says = (
        f"{count:,} of {total:,} steps of sessions (one id, one line after another) were never "
        f"seen before; in normal times at most {round(most):,} of as many."
    )
    kind = seen.leads_to[max(new, key=new.__getitem__)]
    strength = surprise(count, max(TIMES * most, 0.5))
    mixed = len({seen.leads_to[step] for step in new}) > 1
    return [Sign(strength, "warn", says, kind, about="sessions", mixed=mixed)]
