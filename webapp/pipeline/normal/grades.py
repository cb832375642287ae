"""How bad one line is, taken by itself: what it declares, reports or tells of."""

from dataclasses import dataclass
from enum import IntEnum

import re2

from webapp.pipeline.levels import Level, is_denied, level_of
from webapp.pipeline.shapes import Shape, shape_of


class Grade(IntEnum):
    """`FAILING` declares nothing, or INFO, but has words of failure."""

    CALM = 0
    FAILING = 1
    WARN = 2
    ERROR = 3


# Words with which programs tell that something did not go as it should, whatever they declare.
_FAILING_WORDS = r"""
abort\w*|bad gateway|broken|can'?t|cannot|conflict\w*|corrupt\w*|could ?n[o']t|crash\w*|damaged?
dead\w*|degraded|denied|deny|differs?|discard\w*|diverg\w*|drop(?:ped|ping)|errors?|evict\w*
exceed\w*|exception\w*|exhaust\w*|exit(?:ed|s)? (?:with )?(?:code|status) [1-9]\d*|expired?
fail\w*|fatal|fault\w*|forbidden|froze(?:n)?|full|gave up|giving up|halt\w*|hang|hung|illegal
inconsisten\w*|invalid\w*|kill\w*|lag\w*|leak\w*|left the|loss|lost|malformed|misbehav\w*
mismatch\w*|miss(?:ing|ed)|no (?:space|route|quorum|such|response|answer)
not (?:found|responding|reachable|available|permitted|connected|running)|oom\w*|orphan\w*
(?:is|are|was|were|be|been|went|gone|goes|going|taken|now|marked|status|state)[ :="]+offline
out of|outage|over(?:flow|load|run)\w*|panic\w*|poison\w*|quarantin\w*|read-only|refus\w*
reject\w*|reset by|restart\w*|retr(?:y|ies|ying)|revert\w*|roll(?:ed|ing)?[ -]?back|safe ?mode
segfault\w*|severe|slow\w*|split.?brain|stale|stall\w*|starv\w*|step(?:s|ped|ping) down|stuck
suspend\w*|terminated|throttl\w*|time[d-]?.?out|timeouts?|traceback|truncat\w*|unable|unavailable
undefined|unexpected\w*|unhandled|unhealthy|unknown|unreachable|unreadable|unrecover\w*
unresponsive|unsafe|violat\w*|warn\w*|wrong
"""
_FAILING = re2.compile(rf"(?i)\b(?:{'|'.join(_FAILING_WORDS.strip().splitlines())})\b")
# Far enough into a line for whatever it says; the rest is what it says it about.
_LONGEST = 2000


@dataclass(frozen=True)
class Graded:
    """`failure`: the name of the known failure that the line reports."""

    grade: Grade
    failure: str | None


def graded(line: str) -> Graded:
    level = level_of(line)
    shape = shape_of(line, level)
    return Graded(_grade(line, level, shape), shape.name if shape else None)


def _grade(line: str, level: Level | None, shape: Shape | None) -> Grade:
    if level in ("fatal", "error") or shape:
        return Grade.ERROR
    if level == "warn":
        return Grade.WARN
    return Grade.FAILING if failing_words(line) else Grade.CALM


def failing_words(line: str) -> frozenset[str]:
    """In lower case; none of what it says did not happen."""
    found = _FAILING.finditer(line[:_LONGEST])
    told = [match[0].lower() for match in found if not is_denied(line, match)]
    return frozenset(word for words in told for word in words.split())
