"""What finds secrets of one kind and puts placeholders in their place.

Every pattern is linear on any input: what repeats is possessive, bounded, or cannot meet itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import re2

from .names import KEYS

# Of this length is what a name that is also a plain word assigns, if it is a secret; from the
# second on it need not hold a digit or end like base64.
_LEAST_WEAK, _LONG_WEAK = 6, 20
PLACEHOLDER = re.compile(r"\[REDACTED:([a-z-]{1,40}):(\d{1,9})\]")


@dataclass(frozen=True)
class Rule:
    """Replaces the group `secret` of `pattern`; a matched group of KEYS has a kind of its own.

    `hint` is a text without which the pattern cannot match, if there is one, and `sign` a pattern
    of RE2's without which it cannot either: most lines hold none, and to look for them costs next
    to nothing. `accepts`: is what stands there a secret? `scope`: matches only within what this
    matches count, such as the rest of a line that names a program.
    """

    kind: str
    pattern: re.Pattern[str]
    hint: str = ""
    accepts: Callable[[str], bool] = bool
    scope: re.Pattern[str] | None = None
    sign: str = field(kw_only=True)

    def apply(self, text: str, name: Callable[[str, str], str]) -> str:
        if not (self.hint in text if self.hint else self._signs.search(text)):
            return text
        if self.scope:
            return self.scope.sub(lambda found: self._replace_all(found[0], name), text)
        return self._replace_all(text, name)

    @cached_property
    def _signs(self) -> "re2._Regexp[str]":
        return re2.compile(f"(?m:{self.sign})")

    def _replace_all(self, text: str, name: Callable[[str, str], str]) -> str:
        return self.pattern.sub(lambda match: self._replaced(match, name), text)

    def _replaced(self, match: re.Match[str], name: Callable[[str, str], str]) -> str:
        secret = match["secret"]
        if secret is None or is_harmless(secret) or not self.accepts(secret):
            return match[0]
        start, end = match.start("secret") - match.start(), match.end("secret") - match.start()
        matched = match.groupdict()
        kinds = (named for group, (named, _) in KEYS.items() if matched.get(group))
        return match[0][:start] + name(next(kinds, self.kind), secret) + match[0][end:]


_WORD_LIST = """
none null nil true false yes no on off undefined unknown empty unset missing invalid valid expired
required incorrect wrong rejected denied failed failure error ok changed updated refreshed revoked
mismatch not is was has must cannot should for in at the a an redacted masked hidden filtered
optional default string str int object bytes and or
amd64 arm64 armel armhf i386 ppc64el riscv64 s390x all any native
"""
_HARMLESS_WORDS = frozenset(_WORD_LIST.split())
_REFERENCE = re.compile(
    r"\$\{[\w.:-]*+\}?|\$\(?(?:[A-Z_][A-Z0-9_]*+|[a-z_]++|\d)\)?|\{\{[^}]*+\}{0,2}"
    r"|%\(\w++\)s|%s|\{(?:[A-Za-z_.]*+|\d)\}?|<[^>]*+>"
)


def is_harmless(value: str) -> bool:
    """A word of prose, a reference to where the secret is, or what another tool has masked."""
    word = value.strip(".,:;!?()[]{}").lower()
    return (
        word in _HARMLESS_WORDS
        or set(word) <= set("*x•-_#|>+")
        or bool(_REFERENCE.fullmatch(value))
    )


def any_case(
    kind: str,
    pattern: str,
    sign: str,
    hint: str = "",
    accepts: Callable[[str], bool] = bool,
    scope: re.Pattern[str] | None = None,
) -> Rule:
    # A placeholder is taken first and left alone: "[REDACTED:api-token:1]" reads like a token's.
    compiled = re.compile(f"{PLACEHOLDER.pattern}|{pattern}", re.IGNORECASE)
    return Rule(kind, compiled, hint, accepts, scope, sign=f"(?i:{sign})")


def is_no_word(value: str) -> bool:
    is_odd = value.endswith("=") or any(map(str.isdecimal, value))
    return len(value) >= _LONG_WEAK or (len(value) >= _LEAST_WEAK and is_odd)


def is_long(value: str) -> bool:
    return len(value) >= _LEAST_WEAK
