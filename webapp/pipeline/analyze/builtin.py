"""The reading that needs no model and no network: severities, known failures, stuck loops."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from webapp.pipeline.levels import Level, level_of
from webapp.pipeline.masking import masks
from webapp.pipeline.sections import NOTHING_NEW, Line, evidence
from webapp.pipeline.shapes import SHAPES, is_fatal, shape_of
from webapp.pipeline.values import Finding, Severity, Usage, Verdict

from . import unusual

NOTHING_COMPARED: unusual.Comparison = {}
USAGE = Usage(model="builtin", input_tokens=0, output_tokens=0, cost_usd=0.0)

MAX_FINDINGS = 8
# A kind of line that comes more often than this is said to be repeated.
REPEATED = 50

_PREFIX = "Built-in reading, no LLM:"
_CONTINUATION = re.compile(r"\s+(?:at |File \"|\.\.\. \d+ more)|Caused by: ")
# Repeating lines are the life of many logs; only those that try the same again are a loop.
_STRUGGLE = re.compile(
    r"\b(?:re-?try|re-?trying|again|fail(?:ed|ing|ure)?|lost|re-?connect(?:ing)?|unable|cannot"
    r"|could not|stuck|giving up|re-?start(?:ed|ing)?|rejected|aborted)\b",
    re.IGNORECASE,
)
_LEVEL_WORDS: dict[Level, str] = {"fatal": "FATAL", "error": "ERROR", "warn": "WARN"}


@dataclass
class _Group:
    """Lines of one kind; `first` is the one to quote."""

    title: str
    advice: str
    first: Line
    rank: int
    alert_from: int | None
    count: int = 0

    @property
    def severity(self) -> Severity:
        alert = self.alert_from is not None and self.count >= self.alert_from
        return "alert" if alert else "warn"

    @property
    def order(self) -> tuple[bool, int, int]:
        return (self.severity != "alert", self.rank, -self.count)


@dataclass
class _Reading:
    """What one pass over the text counted."""

    lines: int = 0
    context: int = 0
    nothing_new: bool = False
    levels: Counter[Level] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    groups: dict[str, _Group] = field(default_factory=dict)

    def add(self, key: str, group: _Group) -> None:
        self.groups.setdefault(key, group).count += group.first.times

    def sorted_groups(self) -> list[_Group]:
        return sorted(self.groups.values(), key=lambda group: group.order)


def facts(
    logs_text: str, labels: Collection[str], compared: unusual.Comparison = NOTHING_COMPARED
) -> str:
    """What was counted, in a few sentences for the head of a prompt."""
    reading = _read(logs_text, labels)
    grave = reading.levels["fatal"] + reading.levels["error"]
    repeated = sum(count > REPEATED for count in reading.kinds.values())
    kinds = ", ".join(
        f"{group.title} ({_lines(group.count)})"
        for key, group in reading.groups.items()
        if key in SHAPES
    )
    counted = (
        f"{_read_lines(reading)} in all; {_lines(grave)} with ERROR or FATAL, "
        f"{reading.levels['warn']} with WARN; {_counted(repeated, 'kind')} of line repeated "
        f"more than {REPEATED} times; known failures: {kinds or 'none'}."
    )
    return f"{counted} {unusual.facts(compared)}".rstrip()


def read(
    logs_text: str,
    labels: Collection[str],
    *,
    missing: Sequence[str] = (),
    partial: Sequence[str] = (),
    compared: unusual.Comparison = NOTHING_COMPARED,
) -> Verdict:
    """The verdict on the text by what was counted alone.

    `labels`: those of the text's sections. `compared`: what each is against what is normal for
    it; one of which too little is known yet is judged by severities and known failures. The
    summary names the `missing`, which could not be gathered, and the `partial`, which were read
    only in part.
    """
    reading = _read(logs_text, labels)
    known = {label for label, one in compared.items() if one.enough}
    groups = [group for group in reading.sorted_groups() if group.first.label not in known]
    alarms = unusual.findings(compared, logs_text, labels)
    gaps = _gaps(missing, partial)
    findings = sorted(
        (*alarms, *map(_finding, groups)), key=lambda finding: finding.severity != "alert"
    )
    return Verdict(
        status=findings[0].severity if findings else "ok",
        summary=" ".join((_summary(reading, groups, alarms), *gaps)),
        report="\n".join((*_report(reading, groups, alarms), *unusual.report(compared), *gaps)),
        recommendations=tuple(dict.fromkeys([*unusual.advice(compared), *_advice(groups)])),
        findings=tuple(findings[:MAX_FINDINGS]),
    )


def alarms(
    logs_text: str, labels: Collection[str], compared: unusual.Comparison
) -> tuple[Finding, ...]:
    """What no other reading outweighs: all that is unusual, and where too little is known yet to
    say what is, what is fatal whoever prints it."""
    known = {label for label, one in compared.items() if one.enough}
    found = read(logs_text, labels, compared=compared).findings
    return tuple(one for one in found if one.label in known or is_fatal(one.quote or ""))


def _read(logs_text: str, labels: Collection[str]) -> _Reading:
    reading = _Reading(nothing_new=NOTHING_NEW in logs_text.split("\n"))
    in_traceback = False
    everything = list(evidence(logs_text, labels))
    lines = [line for line in everything if line.new]
    reading.context = len(everything) - len(lines)
    kinds = masks(line.text for line in lines)
    for line, kind in zip(lines, kinds, strict=True):
        reading.lines += line.times
        reading.kinds[kind] += line.times
        if in_traceback:
            # A traceback is one event, and ends with its first line that is not indented.
            in_traceback = line.text[:1].isspace()
        elif not _CONTINUATION.match(line.text):
            in_traceback = "Traceback (most recent call last)" in line.text
            _classify(line, kind, reading)
    _find_loops(lines, kinds, reading)
    return reading


def _classify(line: Line, kind: str, reading: _Reading) -> None:
    level = level_of(line.text)
    if level is not None:
        reading.levels[level] += line.times
    shape = shape_of(line.text, level)
    if shape:
        alert_from = 1 if level in ("fatal", "error") else shape.alert_from
        reading.add(shape.name, _Group(shape.title, shape.advice, line, 0, alert_from))
    elif level in ("fatal", "error"):
        title = f"a {_LEVEL_WORDS[level]} line" if level == "fatal" else "an ERROR line"
        rank = 1 if level == "fatal" else 2
        reading.add(f"{level} {kind}", _Group(title, "", line, rank, 1))
    elif level == "warn":
        reading.add(f"warn {kind}", _Group("a WARN line", "", line, 3, None))


def _find_loops(lines: Sequence[Line], kinds: Sequence[str], reading: _Reading) -> None:
    """A kind of line that tries the same again and makes up most of the text."""
    for kind, count in reading.kinds.most_common(1):
        if count <= REPEATED or count * 2 < reading.lines or not _STRUGGLE.search(kind):
            continue
        first = lines[kinds.index(kind)]
        title = "one kind of line over and over, as a stuck loop writes it"
        advice = "See what this program waits for, and why it does not get it."
        reading.groups.setdefault("loop", _Group(title, advice, first, 2, None, count))


def _finding(group: _Group) -> Finding:
    explanation = f"{group.title[0].upper()}{group.title[1:]}"
    if group.count > 1:
        # Of lines that are shown once for many, the newest is there.
        quoted = "the newest" if group.first.times > 1 else "the first"
        explanation += f", {group.count:,} times; {quoted} is quoted"
    return Finding(
        severity=group.severity,
        label=group.first.label,
        line=group.first.number,
        quote=group.first.text,
        explanation=explanation + ".",
        verified=True,
        by="builtin",
    )


def _advice(groups: Sequence[_Group]) -> list[str]:
    return [group.advice for group in groups[:MAX_FINDINGS] if group.advice]


def _gaps(missing: Sequence[str], partial: Sequence[str]) -> list[str]:
    named = {"Not gathered": missing, "Read only in part": partial}
    return [f"{what}: {', '.join(labels)}." for what, labels in named.items() if labels]


def _summary(reading: _Reading, groups: Sequence[_Group], alarms: Sequence[Finding]) -> str:
    if not reading.lines and not alarms:
        nothing = (
            "nothing new since the last Run"
            if reading.nothing_new
            else "there were no lines to read"
        )
        return f"{_PREFIX} {nothing}."
    if alarms:
        return f"{_PREFIX} {_gravest(alarms, groups)}"
    if not groups:
        return f"{_PREFIX} nothing suspicious in {_lines(reading.lines)}."
    shown = _merged_titles(groups)
    more = f" and {_counted(len(shown) - 3, 'other kind')}" if len(shown) > 3 else ""
    return f"{_PREFIX} {', '.join(shown[:3])}{more} in {_lines(reading.lines)}."


def _gravest(alarms: Sequence[Finding], groups: Sequence[_Group]) -> str:
    """Of what is unusual, and how much else there is."""
    first, others = alarms[0].explanation, len(alarms) - 1 + len(groups)
    more = f" {_counted(others, 'other finding')}." if others else ""
    return f"{first[0].lower()}{first[1:]}{more}"


def _merged_titles(groups: Iterable[_Group]) -> list[str]:
    """Titles with their counts; all ERROR lines are one title, however many kinds they are."""
    counts: Counter[str] = Counter()
    for group in groups:
        counts[group.title] += group.count
    return [title if n == 1 else f"{title} ({n:,} times)" for title, n in counts.items()]


def _report(reading: _Reading, groups: Sequence[_Group], alarms: Sequence[Finding]) -> list[str]:
    parts = [
        f"{_PREFIX} severities, known failures and repeats were counted.",
        "The Monitor's prompt was not read.",
        f"Read: {_read_lines(reading)}.",
    ]
    parts += [f"- {finding.explanation}" for finding in alarms]
    parts += [f"- {title}" for title in _merged_titles(groups)]
    kinds = len(groups) + len(alarms)
    if kinds > MAX_FINDINGS:
        parts.append(f"Quoted are the gravest {MAX_FINDINGS} of {kinds} kinds of suspicious line.")
    return parts


def _read_lines(reading: _Reading) -> str:
    if not reading.context:
        return _lines(reading.lines)
    return f"{_counted(reading.lines, 'new line')}, after {reading.context:,} judged before"


def _lines(count: int) -> str:
    return _counted(count, "line")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
