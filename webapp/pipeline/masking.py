"""Lines alike but for numbers, ids, times and addresses, made equal: what kind of line is it?"""

import re
from collections.abc import Iterable

MASK = "#"

# Splitting off words is many times as fast as one expression over a line, as nearly all words of a
# log were seen before; so no alternative here may reach over white space.
_VARIABLE = re.compile(
    r"""
      0x[0-9a-fA-F]+
    | (?<![0-9a-zA-Z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-zA-Z])
    | \b(?:[0-9a-fA-F]{1,4}:{1,2}){2,7}[0-9a-fA-F]{1,4}\b   # IPv6, MAC
    | (?<![0-9a-zA-Z])(?:[0-9a-f]{8,}|[0-9A-F]{8,})(?![0-9a-zA-Z])
    | \b[A-Z]{1,2}\d+(?:[:-][A-Z]{1,2}\d*\b)+               # places in a rack: R02-M1-NA-C:J12
    | \b(?=[A-Za-z_]*\d+[A-Za-z_]+\d)\w{8,}                 # letters and digits mixed
    # Numbers, dates, times, IPv4; what follows a - may be the start of an id.
    | (?:(?<!\w)-)?\d+(?:[T.,:-]+\d+(?!\d|[a-fA-F][0-9a-fA-F]{2}))*
    """,
    re.VERBOSE,
)
_LEAST_HEX = 8
_CALENDAR = frozenset(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]) | frozenset(
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
)
_UNNUMBERED = re.compile(
    rf"\b(?:{'|'.join(sorted(_CALENDAR))})\b"
    r"|(?<![0-9a-zA-Z])(?:[0-9a-f]{8,}|[0-9A-F]{8,})(?![0-9a-zA-Z])"
)
_HOST = re.compile(
    r"(?<![\w.-])(?:[\w-]+\.)+(?:com|net|org|edu|gov|info|io|local|internal|lan|eu|cn|hk|ru|de|jp|uk"
    r"|us|fr|br|nl|kr|tw)(?![\w.-])"
)
_LONGEST_HOST = 300
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# Numbers that say how bad it is: an answer's status, a level in JSON, a syslog priority.
_TELLING = re.compile(
    r"""
      ^<\d{1,3}>
    | (?:"[ ]|\b(?:status(?:_code)?|level|severity|lvl)["']?\s?[=:]\s?["']?)\d(?=\d{0,2}\b)
    """,
    re.VERBOSE,
)


def mask(line: str) -> str:
    """The line with a placeholder for all that varies, and single spaces between its words.

    An answer of 500 is not alike one of 200, nor level 50 alike level 30: what such a number
    begins with stays, at the end.
    """
    return _masked(line, _Words())


def masks(lines: Iterable[str]) -> list[str]:
    """`mask` of each line, at more than 100,000 of them a second."""
    words = _Words()
    return [_masked(line, words) for line in lines]


class _Words(dict[str, str]):
    """The mask of each word that was met."""

    def __missing__(self, word: str) -> str:
        masked = self[word] = _masked_word(word)
        return masked


def _masked_word(word: str) -> str:
    # Most words of a log are letters or digits alone, and need no expression.
    if word.isdecimal():
        return MASK
    if word.isalpha() and len(word) < _LEAST_HEX:
        return MASK if word in _CALENDAR else word
    if "@" in word:
        word = _ADDRESS.sub(MASK, word)
    if "." in word and len(word) <= _LONGEST_HOST and word.lower() != word.upper():
        word = _HOST.sub(MASK, word)
    if any(map(str.isdigit, word)):
        return _VARIABLE.sub(MASK, word)
    return _UNNUMBERED.sub(MASK, word)


def _masked(line: str, words: _Words) -> str:
    masked = " ".join(map(words.__getitem__, line.split()))
    if _may_tell(line):
        told = _TELLING.findall(line)
        return f"{masked} {' '.join(told)}" if told else masked
    return masked


def _may_tell(line: str) -> bool:
    """Whether it is worth the slower search; each `in` written out, as a loop takes far longer."""
    named = "status" in line or "level" in line or "severity" in line or "lvl" in line
    return named or '" ' in line or line[:1] == "<"
