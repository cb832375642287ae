"""What each Input of a Run gave, against what it usually gives."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from webapp.pipeline.analyze.unusual import Comparison
from webapp.pipeline.normal import Compared, Normal, compare, count, learn
from webapp.pipeline.values import Analysis, Gathered, InputSpec


def compare_all(
    inputs: Sequence[InputSpec], gathered: Sequence[Gathered], now: datetime
) -> Comparison:
    """By label; of what is new alone, as what was there before was compared then."""
    return {
        spec.label: compare(count(new_lines(one), _seconds(spec, one, now)), _normal(spec))
        for spec, one in zip(inputs, gathered, strict=True)
    }


def _seconds(spec: InputSpec, gathered: Gathered, now: datetime) -> float | None:
    """How long the source took for what is new, where that begins at the end of the last Run."""
    if spec.read_at is None or not gathered.continues or gathered.status == "failed":
        return None
    return max(0.0, (now - spec.read_at).total_seconds())


def telling_lines(compared: Compared, gathered: Gathered) -> list[int]:
    """The numbers of the lines, from 0, that show what is unusual, the gravest first."""
    return [gathered.output.context_lines + number for number in compared.telling]


def learned(
    compared: Comparison, gathered: Sequence[Gathered], analysis: Analysis
) -> dict[str, Any]:
    """What is normal by label, so far as this Run tells; of what was read whole.

    What alarms is never taken for normal, until somebody says that it is.
    """
    whole = [one for one in gathered if one.status == "ok"]
    return {
        one.label: learn(compared[one.label], new_lines(one)).to_json()
        for one in whole
        if _teaches(one.label, compared[one.label], analysis)
    }


def _teaches(label: str, compared: Compared, analysis: Analysis) -> bool:
    verdict = analysis.verdict
    if verdict.status != "ok":
        return not compared.enough and _is_only_counted(analysis)
    known = any(one.label == label and one.noise for one in verdict.findings)
    return known or not compared.alarms


def _is_only_counted(analysis: Analysis) -> bool:
    """Nothing is said to be wrong but by severities, which is how a source is told of while too
    little is known of it to say more."""
    by_others = any(one.by != "builtin" for one in analysis.verdict.findings if one.new)
    return not by_others and all(call.status in (None, "ok") for call in analysis.calls)


def new_lines(gathered: Gathered) -> list[str]:
    text = gathered.output.text.removesuffix("\n")
    return text.split("\n")[gathered.output.context_lines :] if text else []


def _normal(spec: InputSpec) -> Normal:
    return Normal.from_json(spec.normal) if spec.normal else Normal()
