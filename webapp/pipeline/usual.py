"""What each Input of a Run gave, against what it usually gives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from webapp.pipeline.analyze.unusual import Comparison
from webapp.pipeline.known_noise import is_explained
from webapp.pipeline.newness import reads
from webapp.pipeline.normal import Compared, Lesson, Normal, compare, count, learn
from webapp.pipeline.values import Analysis, FittedText, Gathered, Host, InputSpec, Verdict


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


def in_sight(
    compared: Comparison, gathered: Sequence[Gathered], fitted: FittedText
) -> dict[str, Compared]:
    """With the numbers of the lines of the text that show what is unusual."""
    return {one.label: _in_sight(compared[one.label], one, fitted) for one in gathered}


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


def lesson_of(
    host: Host,
    inputs: Sequence[InputSpec],
    gathered: Sequence[Gathered],
    compared: Comparison,
    verdict: Verdict,
) -> dict[str, Any] | None:
    """What is learned of a Run that alarmed, once somebody says that it was normal.

    None where a rule or a silence says that it was not. `explained`: its findings are all that
    there is to be said of. `inputs`: by label, with what each of them reads.
    """
    if any(one.new and one.by in ("rule", "silence") for one in verdict.findings):
        return None
    pairs = zip(inputs, gathered, strict=True)
    whole = [(spec, one) for spec, one in pairs if one.status == "ok"]
    return {
        "explained": is_explained(verdict),
        "inputs": {
            spec.label: {"reads": reads(host, spec), "saw": _saw(one, compared)}
            for spec, one in whole
        },
    }


def taught(host: Host, spec: InputSpec, lessons: Sequence[Mapping[str, Any]]) -> InputSpec:
    """The Input with what its lessons say is normal, but for those from when it read another."""
    own = [lesson["inputs"].get(spec.label) for lesson in lessons]
    fitting = [one["saw"] for one in own if one and one["reads"] == reads(host, spec)]
    if not fitting:
        return spec
    normal = _normal(spec)
    for saw in fitting:
        Lesson.from_json(saw).teach(normal)
    return replace(spec, normal=normal.to_json())


def new_lines(gathered: Gathered) -> list[str]:
    text = gathered.output.text.removesuffix("\n")
    return text.split("\n")[gathered.output.context_lines :] if text else []


def _saw(gathered: Gathered, compared: Comparison) -> dict[str, Any]:
    return Lesson.of(compared[gathered.label], new_lines(gathered)).to_json()


def _in_sight(compared: Compared, gathered: Gathered, fitted: FittedText) -> Compared:
    newest = {
        kind: (gathered.label, gathered.output.context_lines + seen.newest)
        for kind, seen in compared.seen.kinds.items()
    }
    places = fitted.places
    return replace(
        compared, lines={kind: places[key] for kind, key in newest.items() if key in places}
    )


def _normal(spec: InputSpec) -> Normal:
    return Normal.from_json(spec.normal) if spec.normal else Normal()
