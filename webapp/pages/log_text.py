"""The text that was judged, line by line, as the log viewer shows it."""

from dataclasses import dataclass
from typing import Literal

from webapp.models import Run

WORST_FIRST = ("alert", "warn")


@dataclass(frozen=True)
class LogLine:
    """`number` counts from 1 in the text; `severity` is that of the worst finding citing it."""

    number: int
    text: str
    kind: Literal["label", "notice", "log"]
    severity: str | None


def numbered(run: Run) -> list[LogLine]:
    """The lines of its `logs_text`; none where it has none yet."""
    if not run.logs_text:
        return []
    labels = {f"[{one['label']}]" for one in run.inputs}
    cited = _cited(run)
    return [
        LogLine(number, text, _kind(text, labels), cited.get(number))
        for number, text in enumerate(run.logs_text.split("\n"), 1)
    ]


def _kind(text: str, labels: set[str]) -> Literal["label", "notice", "log"]:
    if text in labels:
        return "label"
    if text.startswith("… ") and text.endswith(" not shown …"):
        return "notice"
    return "log"


def _cited(run: Run) -> dict[int, str]:
    """The worst severity by line number."""
    cited: dict[int, str] = {}
    for severity in reversed(WORST_FIRST):
        for finding in run.findings:
            if finding["line"] and finding["severity"] == severity:
                cited[finding["line"]] = severity
    return cited
