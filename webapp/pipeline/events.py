"""Lines that belong together: a line of a log, with those that go on from it."""

from collections.abc import Iterator, Sequence

# A text that is indented all through is no event.
LONGEST_EVENT = 100
TRACEBACK = "Traceback (most recent call last)"
CAUSE = "Caused by: "

_GO_ON = (
    TRACEBACK,
    CAUSE,
    "During handling of the above exception",
    "The above exception was the direct cause",
)


def event_spans(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """From which line to before which each event stands."""
    start, in_traceback = 0, False
    for number, line in enumerate(lines):
        goes_on = not line or line[0] in " \t" or line.startswith(_GO_ON)
        # A traceback ends with its first line that is not indented, which names the exception.
        if (number and not (goes_on or in_traceback)) or number - start == LONGEST_EVENT:
            yield start, number
            start = number
        in_traceback = goes_on and (in_traceback or line.startswith(TRACEBACK))
    if lines:
        yield start, len(lines)
