"""Rules beside the prompt: lines that are dropped before all else, and lines that are an alert.

Patterns are RE2's: they take linear time on any line, whoever wrote them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import re2

from webapp.pipeline.clean import clean_text
from webapp.pipeline.sections import lines_of
from webapp.pipeline.values import Finding, FittedText, Gathered, Span, Verdict

MAX_PATTERNS = 50

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # they are told at the field
# What people know from elsewhere, and what has no linear time.
_NOT_IN_RE2 = ("invalid perl operator", "invalid escape sequence: \\")
_WHY_NOT = "; patterns have no look-around and no back-references here, so that none is slow"


def problem_of(pattern: str) -> str | None:
    """Why it is no pattern, as a sentence; None where it is one."""
    if {"\n", "\r"} & set(pattern):
        return "This must stand on one line, as what it is looked for in does."
    try:
        re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        why = _WHY_NOT if reason.startswith(_NOT_IN_RE2) else ""
        return f"This is no pattern: {reason}{why}."
    return None


class Patterns:
    """Patterns that `problem_of` found none with, each looked for anywhere in a line."""

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self.texts = tuple(dict.fromkeys(patterns))
        self._compiled = [re2.compile(text, _OPTIONS) for text in self.texts]

    def __bool__(self) -> bool:
        return bool(self.texts)

    def in_line(self, line: str) -> list[str]:
        """Those that match, in their order."""
        pairs = zip(self.texts, self._compiled, strict=True)
        return [text for text, compiled in pairs if compiled.search(line)]

    def part_of(self, line: str, text: str) -> Span:
        """Which part of a line the pattern matches, that does."""
        found = self._compiled[self.texts.index(text)].search(line)
        return found.span() if found else (0, 0)


NO_PATTERNS = Patterns()


@dataclass(frozen=True)
class RuleSet:
    """The rules of a Monitor."""

    ignore: Patterns = NO_PATTERNS
    must_alert: Patterns = NO_PATTERNS


@dataclass(frozen=True)
class Matched:
    """How many lines of an Input a pattern matches, and the number of the newest, from 0."""

    count: int
    newest: int


@dataclass(frozen=True)
class Tried:
    """A line, and which rules would apply to it; what is ignored is no alert."""

    line: str
    ignored_by: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


def rule_set(ignore: Sequence[str], must_alert: Sequence[str]) -> RuleSet:
    """Of patterns that `problem_of` found nothing wrong with."""
    return RuleSet(Patterns(ignore), Patterns(must_alert))


def try_rules(rules: RuleSet, text: str) -> list[Tried]:
    """What the rules make of each line of a text, which is cleaned as one that a Run reads."""
    return [_tried(rules, line) for line in clean_text(text).removesuffix("\n").split("\n")]


def without_ignored(gathered: Gathered, ignore: Patterns) -> Gathered:
    """What an Input gave, as if lines that `ignore` matches had not been there, but counted."""
    output = gathered.output
    if not ignore or output.torn:
        return gathered
    # Not splitlines(): it also breaks at form feeds and the like, where no line ends.
    lines = output.text.removesuffix("\n").split("\n") if output.text else []
    kept = [not ignore.in_line(line) for line in lines]
    dropped = kept.count(False)
    left = replace(
        output,
        text="".join(f"{line}\n" for line, keep in zip(lines, kept, strict=True) if keep),
        total_lines=output.total_lines - dropped,
        context_lines=sum(kept[: output.context_lines]),
    )
    new = kept[output.context_lines :].count(False)
    return replace(gathered, output=left, ignored_lines=dropped, ignored_new_lines=new)


def matches(gathered: Gathered, must_alert: Patterns) -> dict[str, Matched]:
    """What each pattern matches of the new lines of an Input, where it matches any."""
    found: dict[str, Matched] = {}
    if must_alert:
        for number, line in enumerate(gathered.output.text.split("\n")):
            if number >= gathered.output.context_lines and line:
                for pattern in must_alert.in_line(line):
                    count = found[pattern].count if pattern in found else 0
                    found[pattern] = Matched(count + 1, newest=number)
    return found


def mind_rules(
    verdict: Verdict, gathered: Sequence[Gathered], fitted: FittedText, must_alert: Patterns
) -> Verdict:
    """With a finding for each pattern and Input that it matches in; they raise, and never lower."""
    findings = list(rule_findings(gathered, fitted, must_alert))
    if not findings:
        return verdict
    said = " ".join(f"{finding.label}: {finding.explanation}" for finding in findings)
    return replace(
        verdict,
        status="alert",
        summary=f"{said} {verdict.summary}".rstrip(),
        findings=(*findings, *verdict.findings),
    )


def rule_findings(
    gathered: Sequence[Gathered], fitted: FittedText, must_alert: Patterns
) -> Iterator[Finding]:
    seen = _newest_in_sight(gathered, fitted, must_alert)
    texts = fitted.text.split("\n")
    for one in gathered:
        for pattern, matched in matches(one, must_alert).items():
            lines = f"{matched.count:,} lines" if matched.count > 1 else "a line"
            newest = fitted.places.get((one.label, matched.newest))
            line = newest or seen.get((one.label, pattern))
            quote = texts[line - 1] if line else None
            explanation = f"The rule “{pattern}” matches {lines}."
            yield Finding("alert", one.label, line, quote, explanation, verified=True, by="rule")


def _newest_in_sight(
    gathered: Sequence[Gathered], fitted: FittedText, must_alert: Patterns
) -> Mapping[tuple[str | None, str], int]:
    """By label and pattern, the number of the newest line whose text shows the match."""
    newest = {}
    if must_alert:
        for line in lines_of(fitted.text, [one.label for one in gathered]):
            if line.kind == "log" and line.new and line.text:
                for pattern in must_alert.in_line(line.text):
                    newest[line.label, pattern] = line.number
    return newest


def _tried(rules: RuleSet, line: str) -> Tried:
    ignored_by = tuple(rules.ignore.in_line(line))
    return Tried(line, ignored_by, () if ignored_by else tuple(rules.must_alert.in_line(line)))
