"""What each Input of a Run gave, against what it usually gives."""

from collections.abc import Sequence
from typing import Any

from webapp.pipeline.analyze.unusual import Comparison
from webapp.pipeline.normal import Compared, Normal, compare, count, learn
from webapp.pipeline.values import Gathered, InputSpec


def compare_all(inputs: Sequence[InputSpec], gathered: Sequence[Gathered]) -> Comparison:
    """By label; of what is new alone, as what was there before was compared then."""
    pairs = zip(inputs, gathered, strict=True)
    return {spec.label: compare(count(new_lines(one)), _normal(spec)) for spec, one in pairs}


def telling_lines(compared: Compared, gathered: Gathered) -> list[int]:
    """The numbers of the lines, from 0, that show what is unusual, the gravest first."""
    return [gathered.output.context_lines + number for number in compared.telling]


def learned(compared: Comparison, gathered: Sequence[Gathered]) -> dict[str, Any]:
    """What is normal by label, now that this Run was found to be; of what was read whole."""
    whole = [one for one in gathered if one.status == "ok"]
    return {one.label: learn(compared[one.label], new_lines(one)).to_json() for one in whole}


def new_lines(gathered: Gathered) -> list[str]:
    text = gathered.output.text.removesuffix("\n")
    return text.split("\n")[gathered.output.context_lines :] if text else []


def _normal(spec: InputSpec) -> Normal:
    return Normal.from_json(spec.normal) if spec.normal else Normal()
