"""A log as its viewer shows it: a part of its lines, tinted, searched, with what is cited."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from flask import Flask
from markupsafe import Markup, escape

from webapp.models import Run
from webapp.pipeline.sections import NEW_FROM_HERE, NOTHING_NEW, Line, lines_of
from webapp.pipeline.tint import Tint, tint_of

# So many lines are shown at a time: more of them make a page that is slow to open.
PART = 2000
MAX_QUERY = 200
WORST_FIRST = ("alert", "warn")
BORDERS = (NEW_FROM_HERE, NOTHING_NEW)


@dataclass(frozen=True)
class ShownLine:
    """`text` is escaped, with what was searched for marked.

    `calm`: neither it nor a line beside it has what was searched for, or, without a search, is
    cited or tinted. `old`: an earlier Run judged it; `border`: what follows is new.
    """

    number: int
    kind: Literal["label", "notice", "log"]
    text: Markup
    tint: Tint | None
    cited: str | None
    current: bool
    calm: bool
    old: bool = False
    border: bool = False


@dataclass(frozen=True)
class Matches:
    """Lines by their numbers; `place` counts the current one from 1 among `total`."""

    total: int
    place: int | None = None
    current: int | None = None
    previous: int | None = None
    next: int | None = None


@dataclass(frozen=True)
class LogView:
    """`lines` are one part of `total`; `earlier` and `later` are the parts around it, by the
    numbers of their first and last lines."""

    lines: Sequence[ShownLine]
    total: int
    characters: int
    query: str
    matches: Matches
    earlier: tuple[int, int] | None
    later: tuple[int, int] | None

    def only(self, way: str) -> "LogView":
        """What is put before or after the lines that are there already."""
        return replace(self, earlier=None) if way == "later" else replace(self, later=None)

    def shows(self, line: int | None) -> bool:
        return any(shown.number == line for shown in self.lines)


def register(app: Flask) -> None:
    app.add_template_filter(lambda lines: newest_view_of("\n".join(lines)), "as_log")


def view_of_run(run: Run, query: str = "", line: int | None = None) -> LogView | None:
    """The part of its text that has the line, a match, or what was found; None without a text."""
    if not run.logs_text:
        return None
    cited = cited_by(run.findings)
    found = next((one["line"] for one in run.findings if one["line"]), 1)
    labels = [one["label"] for one in run.inputs]
    return view_of(run.logs_text, labels, cited=cited, query=query, line=line, found=found)


def view_of(
    text: str,
    labels: Sequence[str] = (),
    *,
    cited: Mapping[int, str] | None = None,
    query: str = "",
    line: int | None = None,
    found: int = 1,
    newest: bool = False,
) -> LogView:
    """`cited`: severities by line; `found`: where to look if neither query nor line says;
    `newest`: the part ends with the last line, wherever it begins."""
    texts = text.split("\n")
    pattern = _pattern(query)
    matches = _matches(texts, pattern, line)
    first = _start_of_part(line or matches.current or found, len(texts))
    if newest:
        first = max(1, len(texts) - PART + 1)
    lines = list(islice(lines_of(text, labels), first - 1, first - 1 + PART))
    return LogView(
        lines=_shown(lines, pattern, cited or {}, matches.current),
        total=len(texts),
        characters=len(text),
        query=query if pattern else "",
        matches=matches,
        earlier=(max(1, first - PART), first - 1) if first > 1 else None,
        later=(first + PART, len(texts)) if first + PART <= len(texts) else None,
    )


def newest_view_of(
    text: str, labels: Sequence[str] = (), findings: Iterable[Mapping[str, object]] = ()
) -> LogView:
    """The newest lines of a text that has no address, as nothing is kept of it: there is no way
    to the others, and more of them make a page of megabytes."""
    return view_of(text, labels, cited=cited_by(findings), newest=True)


def cited_by(findings: Iterable[Mapping[str, object]]) -> dict[int, str]:
    """The worst severity of the findings that cite a line, by the line's number."""
    severities: dict[int, str] = {}
    for severity in reversed(WORST_FIRST):
        for finding in findings:
            number = finding["line"]
            if isinstance(number, int) and finding["severity"] == severity:
                severities[number] = severity
    return severities


def _pattern(query: str) -> re.Pattern[str] | None:
    """Captures what was searched for, in any case of letters."""
    query = query[:MAX_QUERY]
    return re.compile(f"({re.escape(query)})", re.IGNORECASE) if query.strip() else None


def _matches(texts: Iterable[str], pattern: re.Pattern[str] | None, line: int | None) -> Matches:
    """The current one is the line that was asked for, or else the first."""
    numbered = enumerate(texts, start=1)
    numbers = [number for number, text in numbered if pattern and pattern.search(text)]
    if not numbers:
        return Matches(0)
    place = numbers.index(line) if line in numbers else 0
    after = place + 1
    return Matches(
        total=len(numbers),
        place=after,
        current=numbers[place],
        previous=numbers[place - 1] if place else None,
        next=numbers[after] if after < len(numbers) else None,
    )


def _start_of_part(line: int, total: int) -> int:
    """The first line of the part that the line stands in, or would."""
    inside = min(max(line, 1), total)
    return inside - (inside - 1) % PART


def _shown(
    lines: Sequence[Line],
    pattern: re.Pattern[str] | None,
    cited: Mapping[int, str],
    current: int | None,
) -> list[ShownLine]:
    tints = {line.number: tint_of(line.text) for line in lines if line.kind == "log" and line.new}
    outstanding = {
        line.number
        for line in lines
        if (
            pattern.search(line.text) if pattern else tints.get(line.number) or line.number in cited
        )
    }
    return [
        ShownLine(
            line.number,
            line.kind,
            _marked(line.text, pattern),
            tints.get(line.number),
            cited.get(line.number),
            current=line.number == current,
            calm=outstanding.isdisjoint(range(line.number - 1, line.number + 2)),
            old=not line.new,
            border=line.text in BORDERS,
        )
        for line in lines
    ]


def _marked(text: str, pattern: re.Pattern[str] | None) -> Markup:
    if pattern is None:
        return escape(text)
    # What the pattern captures stands at every second place.
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pattern.split(text))
    )
