"""What changed from one Run of a Monitor to a later one: pure comparison of what each kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from webapp.pipeline.levels import Level, level_of
from webapp.pipeline.masking import mask, masks
from webapp.pipeline.sections import Line, evidence

# How many new kinds of line are shown, and how many that are gone; the rest is counted.
SHOWN_KINDS = 20
LEVELS: tuple[Level, ...] = ("fatal", "error", "warn")
_GRAVITY: dict[Level | None, int] = {"fatal": 0, "error": 1, "warn": 2}


class Ended(Protocol):
    """A Run that has ended, as far as it is compared; without `logs_text` it came to no text."""

    @property
    def id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def findings(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def inputs(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def logs_text(self) -> str | None: ...


@dataclass(frozen=True)
class Kind:
    """Lines that differ in numbers, ids and times only; the first of them stands for all."""

    label: str | None
    line: int
    text: str
    level: Level | None
    count: int


@dataclass(frozen=True)
class Kinds:
    """The gravest first, then the most frequent; `more` are not shown."""

    shown: tuple[Kind, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class LevelCount:
    level: Level
    before: int
    after: int


@dataclass(frozen=True)
class Changes:
    """Findings that are new and those that stay are the later Run's, those gone the earlier's.

    `compared`: both Runs have a text; else there are no kinds and no levels.
    """

    previous_id: int
    run_id: int
    status_before: str
    status_after: str
    new_findings: tuple[Mapping[str, Any], ...]
    gone_findings: tuple[Mapping[str, Any], ...]
    still_findings: tuple[Mapping[str, Any], ...]
    compared: bool
    new_kinds: Kinds = Kinds()
    gone_kinds: Kinds = Kinds()
    levels: tuple[LevelCount, ...] = ()


@dataclass
class _Counted:
    """One pass over a text."""

    first: dict[tuple[str | None, str], Line] = field(default_factory=dict)
    kinds: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    levels: Counter[Level] = field(default_factory=Counter)

    def kind(self, key: tuple[str | None, str]) -> Kind:
        line = self.first[key]
        return Kind(line.label, line.number, line.text, level_of(line.text), self.kinds[key])


def changes(before: Ended, after: Ended) -> Changes:
    """How the later Run differs from the earlier one."""
    was, is_now = _keys(before.findings), _keys(after.findings)
    told: dict[str, Any] = {
        "previous_id": before.id,
        "run_id": after.id,
        "status_before": before.status,
        "status_after": after.status,
        "new_findings": tuple(one for key, one in is_now.items() if key not in was),
        "gone_findings": tuple(one for key, one in was.items() if key not in is_now),
        "still_findings": tuple(one for key, one in is_now.items() if key in was),
    }
    if before.logs_text is None or after.logs_text is None:
        return Changes(compared=False, **told)
    old, new = _counted(before), _counted(after)
    return Changes(
        compared=True,
        new_kinds=_without(new, old),
        gone_kinds=_without(old, new),
        levels=tuple(LevelCount(name, old.levels[name], new.levels[name]) for name in LEVELS),
        **told,
    )


def _keys(findings: Iterable[Mapping[str, Any]]) -> dict[tuple[Any, str], Mapping[str, Any]]:
    """Each by what it is about: the kind of line that it quotes, as a model words it anew each
    time; what it says where it quotes none."""
    keyed: dict[tuple[Any, str], Mapping[str, Any]] = {}
    for finding in findings:
        about = finding["quote"] or finding["explanation"]
        keyed.setdefault((finding["label"], mask(about)), finding)
    return keyed


def _counted(run: Ended) -> _Counted:
    counted = _Counted()
    labels = [one["label"] for one in run.inputs]
    lines = list(evidence(run.logs_text or "", labels))
    for line, kind in zip(lines, masks(line.text for line in lines), strict=True):
        key = line.label, kind
        counted.first.setdefault(key, line)
        counted.kinds[key] += line.times
        level = level_of(line.text)
        if level:
            counted.levels[level] += line.times
    return counted


def _without(these: _Counted, those: _Counted) -> Kinds:
    kinds = [these.kind(key) for key in these.kinds if key not in those.kinds]
    kinds.sort(key=lambda kind: (_GRAVITY.get(kind.level, len(_GRAVITY)), -kind.count))
    return Kinds(tuple(kinds[:SHOWN_KINDS]), max(0, len(kinds) - SHOWN_KINDS))
