"""What is told of sections that differ from what is normal for them."""

from collections.abc import Collection, Iterator, Mapping

from webapp.pipeline.normal import Compared, Sign
from webapp.pipeline.sections import Line, evidence
from webapp.pipeline.shapes import SHAPES
from webapp.pipeline.values import Finding

Comparison = Mapping[str, Compared]

# In the facts that a model is given, of one section.
MAX_SIGNS = 4


def findings(compared: Comparison, logs_text: str, labels: Collection[str]) -> list[Finding]:
    """One for each alarm, the gravest first; each quotes the newest line that shows it."""
    lines = list(evidence(logs_text, labels))
    numbered = {line.number: line for line in lines}
    alike = {(line.label, line.text.strip()): line for line in lines}
    found = [
        _finding(label, sign, _line(label, sign, one, numbered, alike))
        for label, one in compared.items()
        for sign in one.alarms
    ]
    return sorted(found, key=lambda finding: finding.severity != "alert")


def advice(compared: Comparison) -> list[str]:
    """What to do about the known failures among what is unusual."""
    kinds = [
        one.seen.kinds[sign.kind] for one in compared.values() for sign in one.alarms if sign.kind
    ]
    return [SHAPES[kind.failure].advice for kind in kinds if kind.failure]


def facts(compared: Comparison) -> str:
    """What was counted against what is normal, in a sentence or a few for each section."""
    said = {label: " ".join(_facts(one)) for label, one in compared.items()}
    return " ".join(f"{label}: {words}" for label, words in said.items() if words)


def report(compared: Comparison) -> list[str]:
    """What each section was compared with."""
    return [f"{label}: {_history(one)}" for label, one in compared.items()]


def _line(
    label: str,
    sign: Sign,
    compared: Compared,
    numbered: Mapping[int, Line],
    alike: Mapping[tuple[str | None, str], Line],
) -> Line | None:
    """It may have had no room in the text; what was counted of it stands all the same."""
    if not sign.kind:
        return None
    newest = compared.seen.kinds[sign.kind].text
    return numbered.get(compared.lines.get(sign.kind, 0)) or alike.get((label, newest.strip()))


def _finding(label: str, sign: Sign, line: Line | None) -> Finding:
    return Finding(
        severity=sign.severity,
        label=label,
        line=line.number if line else None,
        quote=line.text if line else None,
        explanation=sign.says,
        verified=True,
        by="builtin",
        mixed=sign.mixed,
        about=sign.about or ("" if line else sign.kind or ""),
    )


def _facts(compared: Compared) -> Iterator[str]:
    if compared.seen.events:
        new = compared.new_kinds
        kinds = "1 kind of line was" if new == 1 else f"{new:,} kinds of line were"
        yield f"{_history(compared)} {kinds} never seen before."
    for sign in compared.alarms[:MAX_SIGNS]:
        yield f"Unusual: {sign.says}"


def _history(compared: Compared) -> str:
    known = f"{compared.known_windows:,} normal windows"
    if compared.enough:
        return f"compared with {known} ({compared.known_events:,} lines)."
    return f"the history is too short to say what is unusual: {known} so far."
