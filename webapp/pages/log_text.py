"""The text that was judged, line by line, as the log viewer shows it."""

from webapp.models import Run
from webapp.pipeline.sections import Line, lines_of

WORST_FIRST = ("alert", "warn")


def numbered(run: Run) -> list[Line]:
    """The lines of its `logs_text`; none where it has none."""
    labels = [one["label"] for one in run.inputs]
    return list(lines_of(run.logs_text, labels)) if run.logs_text else []


def cited(run: Run) -> dict[int, str]:
    """The worst severity of the findings that cite a line, by the line's number."""
    severities: dict[int, str] = {}
    for severity in reversed(WORST_FIRST):
        for finding in run.findings:
            if finding["line"] and finding["severity"] == severity:
                severities[finding["line"]] = severity
    return severities
