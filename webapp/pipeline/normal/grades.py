"""How bad one line is, taken by itself: what it declares, reports or tells of."""

import re
from enum import IntEnum

from webapp.pipeline.levels import is_denied, level_of
from webapp.pipeline.shapes import shape_of


class Grade(IntEnum):
    """`FAILING` declares nothing, or INFO, but has words of failure."""

    CALM = 0
    FAILING = 1
    WARN = 2
    ERROR = 3


# Words with which programs tell that something did not go as it should, whatever they declare.
_FAILING = re.compile(
    r"""\b(?:
      abort\w*|broken|can'?t|cannot|could\ ?n[o']t|conflict\w*|corrupt\w*|crash\w*|damaged?|dead\w*
    | denied|deny|degraded|differs?|discard\w*|diverg\w*|drop(?:ped|ping)|errors?|evict\w*
    | exceed\w*|exit(?:ed|s)?\ (?:with\ )?(?:code|status)\ [1-9]\d*|exception\w*|exhaust\w*
    | expired?|fail\w*|fatal|fault\w*|forbidden|froze(?:n)?|full|gave\ up|giving\ up|halt\w*|hang
    | hung|illegal|inconsisten\w*|invalid\w*|kill\w*|lag\w*|leak\w*|left\ the|loss|lost|malformed
    | mismatch\w*|miss(?:ing|ed)|no\ (?:space|route|quorum|such|response|answer)
    | not\ (?:found|responding|reachable|available|permitted|connected|running)|offline|oom\w*
    | orphan\w*|out\ of|outage|over(?:flow|load|run)\w*|panic\w*|poison\w*|quarantin\w*|read-only
    | refus\w*|reject\w*|reset\ by|restart\w*|retr(?:y|ies|ying)|revert\w*|roll(?:ed|ing)?[\ -]?back
    | segfault\w*|severe|slow\w*|split.?brain|stale|stall\w*|starv\w*|stuck|suspend\w*|terminated
    | throttl\w*|time[d-]?.?out|timeouts?|traceback|truncat\w*|unable|unavailable|undefined
    | unexpected\w*|unhandled|unhealthy|unknown|unreadable|unreachable|unrecover\w*|unresponsive
    | unsafe|violat\w*|warn\w*|wrong
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Far enough into a line for whatever it says; the rest is what it says it about.
_LONGEST = 2000


def grade_of(line: str) -> Grade:
    level = level_of(line)
    if level in ("fatal", "error") or shape_of(line, level) is not None:
        return Grade.ERROR
    if level == "warn":
        return Grade.WARN
    found = _FAILING.finditer(line[:_LONGEST])
    return Grade.FAILING if any(not is_denied(line, match) for match in found) else Grade.CALM
