import re
from collections import Counter
from collections.abc import Iterable
from copy import copy
from functools import partial

from webapp.pipeline.values import Redacted

from .blocks import cut_blocks
from .keys import cut_private_keys
from .known import pattern_of
from .own import NO_PATTERNS, OwnPatterns
from .personal import PERSONAL
from .rule import PLACEHOLDER
from .rules import RULES
from .suspects import Suspects

_TORN_CHARS = 4096
_WORD_CHARS = 1024
_PLACEHOLDER_CHARS = 64
_HUGE_NUMBER = 1_000_000
_SUSPECTS = Suspects([rule.sign for rule in RULES])
_BLANK = re.compile(r"[ \t]")


class Redactor:
    """Redacts the texts of one Run: the same secret has the same number in all of them.

    `secrets` are replaced wherever they stand (see known.py), whatever looks like a secret (see
    rules.py), what the operator's `own` patterns match (see own.py), and the kinds of personal
    data in `also` (see personal.py). Numbers are given above those that the texts already have
    placeholders for.
    """

    def __init__(
        self,
        secrets: Iterable[str] = (),
        also: Iterable[str] = (),
        *,
        own: OwnPatterns = NO_PATTERNS,
    ) -> None:
        self._known = pattern_of(secrets)
        self._own = own
        self._also = [look for kind in also for look in PERSONAL[kind]]
        self._numbers: dict[tuple[str, str], int] = {}
        self._last: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()

    def anew(self) -> "Redactor":
        """One that looks for the same, and remembers nothing."""
        other = copy(self)
        other._numbers, other._last, other._counts = {}, Counter(), Counter()
        return other

    def reserve(self, text: str) -> None:
        """Give no number that a placeholder in `text` has, unless a log made up a huge one."""
        for kind, number in PLACEHOLDER.findall(text):
            if int(number) < _HUGE_NUMBER:
                self._last[kind] = max(self._last[kind], int(number))

    def redact(self, text: str, *, torn: bool = False) -> Redacted:
        """Linear in time on any input; a second time nothing changes.

        A private key becomes one line. `torn`: the text starts inside a line, perhaps inside a
        secret that nothing would recognise, so its first 4,096 characters are dropped, than which
        no secret is longer, and the rest of that word if it ends soon; `lost_bytes` counts them.
        """
        self.reserve(text)
        self._counts = Counter()
        if self._known:
            text = self._known.sub(self._replaced, text)
        text = cut_private_keys(text, lambda key: self._name("private-key", key))
        text = cut_blocks(text, self._name)
        text = _SUSPECTS.replaced(text, self._by_rules)
        text = self._own.replaced(text, self._name)
        for suspects, rule in self._also:
            text = suspects.replaced(text, partial(rule.apply, name=self._name))
        start = _end_of_torn_word(text) if torn else 0
        return Redacted(text[start:], self._counts, len(text[:start].encode()))

    def _by_rules(self, lines: str) -> str:
        for rule in RULES:
            lines = rule.apply(lines, self._name)
        return lines

    def _replaced(self, match: re.Match[str]) -> str:
        return self._name("secret", match[0]) if match["secret"] else match[0]

    def _name(self, kind: str, secret: str) -> str:
        self._counts[kind] += 1
        if (kind, secret) not in self._numbers:
            self._last[kind] += 1
            self._numbers[kind, secret] = self._last[kind]
        return f"[REDACTED:{kind}:{self._numbers[kind, secret]}]"


def _end_of_torn_word(text: str) -> int:
    blank = _BLANK.search(text, _TORN_CHARS, _TORN_CHARS + _WORD_CHARS)
    if blank:
        return blank.end()
    near = max(0, _TORN_CHARS - _PLACEHOLDER_CHARS), _TORN_CHARS + _PLACEHOLDER_CHARS
    for placeholder in PLACEHOLDER.finditer(text, *near):
        if placeholder.start() < _TORN_CHARS < placeholder.end():
            return placeholder.end()
    return min(_TORN_CHARS, len(text))
