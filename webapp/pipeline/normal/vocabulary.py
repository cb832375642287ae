"""The words of a source's kinds of line: has a line anything in common with those before?"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable

from webapp.pipeline.masking import MASK

_WORD = re.compile(r"[A-Za-z]{2,}")
# Time, host, program, level and logger, as most logs have them: up to the level and the names
# behind it, or to a program with its number.
_HEAD = re.compile(
    r"""^(?:
      .{0,160}?(?:\b(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|SEVERE|CRITICAL|Info|Warning|Error)\b
        |\[(?:debug|info|notice|warn|error|crit)\])
      (?:\s*\[[^\]\s]*\]*|\s*\[.{0,160}?\]|\s+[^\s\[]*[.$/@_|]\S*)*
    | (?:\S+\s+){0,6}?\S*[^A-Za-z\s:]\S*(?=:\s|\s-\s)
    )[\]\s:|-]*""",
    re.VERBOSE,
)
# Paths, addresses and values; names with a number in them.
_NO_WORD = re.compile(rf"\S*[/\\]\S{{2,}}|\S*@\S+|=\S+|\S*(?:[A-Za-z]{MASK}|{MASK}[A-Za-z])\S*")


class Vocabulary:
    """Of the kinds that were added."""

    def __init__(self, kinds: Iterable[str] = ()) -> None:
        self._kinds = 0
        self._kinds_with: dict[str, set[str]] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: str) -> None:
        self._kinds += 1
        for word in words_of(kind):
            self._kinds_with.setdefault(word, set()).add(kind)

    def novelty(self, kind: str) -> float:
        """How much of its words no kind of these has: 0 to 1.

        A word counts the more the fewer kinds have it.
        """
        words = words_of(kind)
        if not words:
            return 0.0
        weights = {word: self._weight(word) for word in words}
        alike: defaultdict[str, float] = defaultdict(float)
        for word in words:
            for known in self._kinds_with.get(word, ()):
                alike[known] += weights[word]
        return 1 - max(alike.values(), default=0.0) / sum(weights.values())

    def knows(self, words: Iterable[str]) -> bool:
        """Whether any kind of line has one of them."""
        return any(word in self._kinds_with for word in words)

    def _weight(self, word: str) -> float:
        having = len(self._kinds_with.get(word, ()))
        return math.log(1 + max(1, self._kinds) / (0.5 + having))


def words_of(kind: str) -> frozenset[str]:
    """What tells one kind of line from another in meaning: its message, without what stands
    before that, which is the same for many."""
    bare = _NO_WORD.sub(" ", _HEAD.sub("", kind, count=1).replace("I/O", "io"))
    return frozenset(word.lower() for word in _WORD.findall(bare))
