"""What is printed."""

from collections.abc import Mapping

from .score import Score, macro
from .sent import Sent

HEAD = (
    f"{'':<14} {'precision':>9} {'recall':>6} {'F1':>6} {'false alarms':>13} {'a day':>6} "
    f"{'verified':>8} {'of fault':>8} {'any':>6}"
)


def of_judge(name: str, scores: Mapping[str, Score]) -> str:
    """Each system, and all of them: `of fault` are the first three lines cited of a bad window
    that was found out, `any` the share of those with at least one."""
    lines = [f"\n{name}", HEAD, *(_row(system, one) for system, one in scores.items())]
    total = sum(scores.values(), Score())
    lines.append(_row("all", total) + f"   macro F1 {macro(scores.values()):.3f}")
    if total.failed:
        lines.append(f"{total.failed} windows had no verdict: they count as not told of")
    return "\n".join(lines)


def of_sent(told: Mapping[str, Sent], rates: Mapping[str, float]) -> str:
    """Median tokens of long windows, whole, their last characters raw, and as sent; with the share
    of faults that are visible in the last two; and how fast they are read built-in."""
    head = (
        f"\n{'tokens':<14} {'windows':>7} {'whole':>7} {'raw':>6} {'visible':>8} {'sent':>6} "
        f"{'visible':>8} {'lines/s':>9}"
    )
    return "\n".join((head, *(_row_of_sent(name, one, rates) for name, one in told.items())))


def _row_of_sent(name: str, one: Sent, rates: Mapping[str, float]) -> str:
    rate = rates.get(name, min(rates.values()))
    return (
        f"{name:<14} {one.windows:>7} {one.whole:>7,.0f} {one.tail:>6,.0f} "
        f"{one.tail_shows:>8.1%} {one.sent:>6,.0f} {one.sent_shows:>8.1%} {rate:>9,.0f}"
    )


def _row(name: str, one: Score) -> str:
    return (
        f"{name:<14} {one.precision:>9.3f} {one.recall:>6.3f} {one.f1:>6.3f} "
        f"{one.false_alarm_rate:>13.1%} {one.false_alarms_a_day:>6.1f} "
        f"{one.verified_share:>8.1%} {one.cited_share:>8.1%} {one.any_share:>6.1%}"
    )
