"""What happens to one block, request or instance: which kind of line follows which."""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

# By a digest of the two kinds, how often the one followed the other for the same id.
Steps = Counter[str]

# What an id is looked for by; to find none of these takes far less than the pattern.
_HINTS = ("instance", "session", "trace", "span", "request", "transaction", "task", "job", "order")
_NAMED = re.compile(
    rf"\b(?:{'|'.join(_HINTS)})(?:[_-]?id)?[\"']?\s?[=:#]\s?[\"']?((?=[\w-]*\d)[\w-]{{2,64}})",
)
_IDS = {
    "blk_": re.compile(r"\b(blk_-?\d+)\b"),
    "req-": re.compile(r"\b(req-[0-9a-f]{8}-[0-9a-f-]{27})\b"),
    **dict.fromkeys(_HINTS, _NAMED),
}


def steps_of(events: Iterable[tuple[str, str]]) -> Steps:
    """Of lines with their kinds, in their order."""
    pairs: Counter[tuple[str, str]] = Counter()
    last: dict[str, str] = {}
    for line, kind in events:
        if session := _session(line):
            if session in last:
                pairs[last[session], kind] += 1
            last[session] = kind
    return Counter({_digest(*pair): number for pair, number in pairs.items()})


def _session(line: str) -> str | None:
    for hint, pattern in _IDS.items():
        if hint in line and (found := pattern.search(line)):
            return found[1]
    return None


def _digest(kind: str, following: str) -> str:
    return blake2b(f"{kind}\n{following}".encode(), digest_size=6).hexdigest()
