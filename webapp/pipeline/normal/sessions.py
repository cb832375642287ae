"""What happens to one block, request or instance: which kind of line follows which."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

# By a digest of the two kinds, how often the one followed the other for the same id.
Steps = Counter[str]

# What an id is looked for by; to find none of these takes far less than the pattern.
_HINTS = (
    "instance",
    "session",
    "trace",
    "span",
    "request",
    "correlation",
    "transaction",
    "task",
    "job",
    "order",
)
_NAMES = "|".join((*_HINTS, "req"))
_ID = r"[\"']?\s?[=:#]\s?[\"']?((?=[\w-]*\d)[\w-]{2,64})"
# `session_id=4f2a`, `"job": 17`; and `session 4711`, a number alone.
_NAMED = re.compile(rf"\b(?:{_NAMES})(?:[_-]?id)?(?:{_ID}|\s#?(\d{{1,19}})\b)")
# `traceId: 4f2a`, `X-Request-Id: 4f2a`.
_CAPITAL = re.compile(rf"(?i:\b(?:[a-z]+-)?(?:{_NAMES}))-?Id{_ID}")
_IDS = {
    "blk_": re.compile(r"\b(blk_-?\d+)\b"),
    "req-": re.compile(r"\b(req-[0-9a-f]{8}-[0-9a-f-]{27})\b"),
    "Id": _CAPITAL,
    **dict.fromkeys((*_HINTS, "req_id", "reqid"), _NAMED),
}


@dataclass(frozen=True)
class Walked:
    """`steps`, and by each of them the kind of line that it leads to."""

    steps: Steps
    leads_to: Mapping[str, str]


def steps_of(events: Iterable[tuple[str, str]]) -> Walked:
    """Of lines with their kinds, in their order."""
    pairs: Counter[tuple[str, str]] = Counter()
    last: dict[str, str] = {}
    for line, kind in events:
        if session := _session(line):
            if session in last:
                pairs[last[session], kind] += 1
            last[session] = kind
    by_digest = {_digest(*pair): pair for pair in pairs}
    return Walked(
        Counter({step: pairs[pair] for step, pair in by_digest.items()}),
        {step: kind for step, (_, kind) in by_digest.items()},
    )


def _session(line: str) -> str | None:
    for hint, pattern in _IDS.items():
        if hint in line and (found := pattern.search(line)):
            return found[found.lastindex or 0]
    return None


def _digest(kind: str, following: str) -> str:
    return blake2b(f"{kind}\n{following}".encode(), digest_size=6).hexdigest()
