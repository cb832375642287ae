"""Patterns of the operator's own, for what no general rule can know: ticket numbers, say."""

import re
from collections.abc import Callable, Mapping
from functools import partial

import re2

from webapp.pipeline.rules import problem_of

_NAME = re.compile(r"[a-z](?:[a-z-]{0,38}[a-z])?")
_BEGUN = b"[REDACTED:"
_OPTIONS = re2.Options()
_OPTIONS.never_nl = True  # a secret that took a line end along would join two lines
_OPTIONS.log_errors = False

Naming = Callable[[str, str], str]


def patterns_in(text: str) -> dict[str, str]:
    """By name, of lines `name = pattern`; blank ones and those with a # in front say nothing.

    Raises ValueError with a sentence that tells the line.
    """
    patterns: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, _, pattern = (part.strip() for part in line.partition("="))
            if problem := _problem(name, pattern, patterns):
                raise ValueError(f"Line {number}: {problem}")
            patterns[name] = pattern
    return patterns


def _problem(name: str, pattern: str, so_far: Mapping[str, str]) -> str | None:
    if not _NAME.fullmatch(name) or not pattern:
        return (
            "This must be name = pattern; a name has up to 40 small letters, with hyphens between"
        )
    if name in so_far:
        return f"{name} is named twice"
    if problem := problem_of(pattern):
        return problem
    if re2.compile(pattern, _OPTIONS).search(""):
        return "This pattern matches where nothing stands"
    return None


class OwnPatterns:
    """Replaces what one of them matches, or of it only the group `secret` where there is one."""

    def __init__(self, patterns: Mapping[str, str] | None = None) -> None:
        # Of bytes: spans in characters would have to be counted out for each match.
        self._compiled = {
            name: re2.compile(f"(?m:{pattern})".encode(), _OPTIONS)
            for name, pattern in (patterns or {}).items()
        }

    def replaced(self, text: str, name: Naming) -> str:
        """`text` with `name(kind, secret)` for each; what is a placeholder already stays."""
        if not self._compiled:
            return text
        data = text.encode("utf-8", "surrogatepass")
        for kind, pattern in self._compiled.items():
            data = _replaced(data, pattern, partial(name, kind))
        return data.decode("utf-8", "surrogatepass")


def _replaced(data: bytes, pattern: "re2._Regexp[bytes]", name: Callable[[str], str]) -> bytes:
    group = pattern.groupindex.get(b"secret", 0)
    parts, done = [], 0
    for match in pattern.finditer(data):
        start, end = match.span(group)
        if start < end and not _is_placeholder(data, start):
            secret = data[start:end].decode("utf-8", "surrogatepass")
            parts += [data[done:start], name(secret).encode()]
            done = end
    return b"".join([*parts, data[done:]])


def _is_placeholder(data: bytes, start: int) -> bool:
    """Whether `start` is in one, such as in the number of [REDACTED:token:12]."""
    begun = data.rfind(_BEGUN, max(0, start - 64), start + len(_BEGUN))
    return begun >= 0 and data.find(b"]", begun, start) < 0


NO_PATTERNS = OwnPatterns()
