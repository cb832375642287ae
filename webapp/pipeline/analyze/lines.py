"""The lines of `logs_text` that can stand as evidence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = re.compile(r"\[([^\[\]]{1,200})\]")
_MARKER = re.compile(r"… .* …")
_EMPTY_SLICE = "(no lines)"


@dataclass(frozen=True)
class LogLine:
    """`number` counts from 1 over all of `logs_text`; `label` is the section it stands in."""

    number: int
    label: str | None
    text: str


def evidence(logs_text: str) -> Iterator[LogLine]:
    """Every line that a source wrote: no headers, blank lines or marks of the program's own."""
    label = None
    after_blank = True
    # Not splitlines(): it also breaks at form feeds and the like, and the numbers would shift.
    for number, text in enumerate(logs_text.split("\n"), start=1):
        header = _HEADER.fullmatch(text) if after_blank else None
        after_blank = not text.strip()
        if header:
            label = header[1]
        elif not after_blank and text != _EMPTY_SLICE and not _MARKER.fullmatch(text):
            yield LogLine(number, label, text)
