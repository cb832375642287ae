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


def of_sent(one: Sent) -> str:
    return (
        f"\ntokens of {one.windows} long windows (median): whole {one.whole:,.0f}; last "
        f"characters raw {one.tail:,.0f}, fault visible in {one.tail_shows:.1%}; as sent "
        f"{one.sent:,.0f}, fault visible in {one.sent_shows:.1%}"
    )


def _row(name: str, one: Score) -> str:
    return (
        f"{name:<14} {one.precision:>9.3f} {one.recall:>6.3f} {one.f1:>6.3f} "
        f"{one.false_alarm_rate:>13.1%} {one.false_alarms_a_day:>6.1f} "
        f"{one.verified_share:>8.1%} {one.cited_share:>8.1%} {one.any_share:>6.1%}"
    )
