"""How `logs_text` is laid out: one grammar for who writes it, who judges it and who shows it."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

NO_LINES = "(no lines)"
# Above it stands what was judged before; below it, and where it is not, what is new.
NEW_FROM_HERE = "… new since the last Run …"
NOTHING_NEW = "… nothing new since the last Run …"

_MARKER = re.compile(r"… .* …")
_REPEATS = re.compile(
    r"… ([\d,]+) more (?:like the next line|of each of the next ([\d,]+) lines)(?:, since .+)? …"
)


@dataclass(frozen=True)
class Line:
    """`number` counts from 1 over all of the text; `label` is the section that it stands in.

    `kind`: a section's `label`, a `notice` of the program's own, or of the `log` itself. `new`: no
    earlier Run judged it. It was read `times`: more than once where those like it are counted in
    a notice above it.
    """

    number: int
    kind: Literal["label", "notice", "log"]
    label: str | None
    text: str
    new: bool = True
    times: int = 1


def layout(sections: Sequence[tuple[str, Sequence[str]]], notice: str | None) -> str:
    """Each label with its lines, and what is to be said of them all."""
    parts = ["\n".join((_header(label), *lines)) for label, lines in sections]
    return "\n\n".join([*parts, notice] if notice else parts)


def repeats(count: int, lines: int, since: str | None) -> str:
    """The notice above so many lines, that each of them was there `count` times more."""
    of_what = "like the next line" if lines == 1 else f"of each of the next {lines:,} lines"
    return f"… {count:,} more {of_what}{(since and f', since {since}') or ''} …"


def disarmed(line: str, labels: Collection[str]) -> str:
    """A log's line, indented where it could be taken for one of the program's own."""
    bare = line.strip()
    marks = bare == NO_LINES or (bare[:1] == "…" and bare[-1:] == "…")
    heads = bare[:1] == "[" and bare[-1:] == "]" and _folded(bare[1:-1]) in map(_folded, labels)
    return f" {line}" if marks or heads else line


def lines_of(logs_text: str, labels: Collection[str]) -> Iterator[Line]:
    """Every line of a text that was laid out under `labels`, which are those of its Run.

    Only they make a header: a log may print whatever it likes in brackets.
    """
    headers = {_header(label): label for label in labels}
    # Not splitlines(): it also breaks at form feeds and the like, and the numbers would shift.
    texts = logs_text.split("\n")
    old = _old_lines(texts, headers)
    label, times, lines_left = None, 1, 0
    for number, text in enumerate(texts, start=1):
        if text in headers:
            label = headers[text]
            yield Line(number, "label", label, text)
        elif text == NO_LINES or _MARKER.fullmatch(text):
            yield Line(number, "notice", label, text)
            if counted := _REPEATS.fullmatch(text):
                times, lines_left = 1 + _number(counted[1]), _number(counted[2] or "1")
        else:
            times_read = times if lines_left > 0 else 1
            yield Line(number, "log", label, text, number not in old, times_read)
            lines_left -= 1


def evidence(logs_text: str, labels: Collection[str]) -> Iterator[Line]:
    """The lines that can stand as evidence: what a source wrote, blank lines left out."""
    return (
        line for line in lines_of(logs_text, labels) if line.kind == "log" and line.text.strip()
    )


def _old_lines(texts: Sequence[str], headers: Collection[str]) -> set[int]:
    """The numbers of lines between a label and the marker of its section."""
    old, above = set(), False
    for number in range(len(texts), 0, -1):
        text = texts[number - 1]
        above = text not in headers and (above or text in (NEW_FROM_HERE, NOTHING_NEW))
        if above:
            old.add(number)
    return old


def _number(digits: str) -> int:
    return int(digits.replace(",", ""))


def _header(label: str) -> str:
    return f"[{label}]"


def _folded(label: str) -> str:
    return label.strip().casefold()
