"""Secrets on the lines below the one that names them: blocks of YAML, values of JSON and XML on
lines of their own, keys of PuTTY, manifests of Kubernetes.

Each line stays a line. No line is looked at more than a few times, whatever a log holds.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, takewhile
from string import ascii_letters, digits

import re2

from .names import KEY, NAME_SIGN, NUMBERED, SEPARATOR, UNTOUCHED, VALUE
from .rule import PLACEHOLDER, is_harmless, is_no_word

# A block is no longer, and what opens it stands among the last characters of its line.
_MOST_LINES, _MOST_CHARS = 500, 300
_MARK = r"\\{0,8}[\"']?"
_NAME = re.compile(
    rf"(?:{KEY}){NUMBERED}"
    rf"(?:{_MARK}\]?[ \t]*(?P<opens>:|=>)[ \t]*(?P<folded>[|>][+-]?\d?)?|>)[ \t]*$",
    re.IGNORECASE,
)
_FIRST_OF_PAIR = re.compile(
    rf"(?:name|key){SEPARATOR}{_MARK}[\w.-]{{0,64}}?(?:{KEY})[\w.-]{{0,20}}{_MARK},?[ \t]*$",
    re.IGNORECASE,
)
_SECOND_OF_PAIR = re.compile(rf"\bvalue{SEPARATOR}{VALUE}", re.IGNORECASE)
_PUTTY = re.compile(r"Private-Lines: (?P<lines>\d{1,3})$")
_KIND = r"[\"']?kind[\"']?:[ \t]*[\"']?"
_MANIFEST = re.compile(rf"{_KIND}Secret[\"']?,?$")
_OPENS = re2.compile(
    "(?m:"
    rf"(?i:{NAME_SIGN}){NUMBERED}(?:\\*[\"']?\]?[ \t]*(?::|=>)[ \t]*(?:[|>][+-]?[0-9]?)?|>)[ \t]*$"
    rf"|(?i:(?:name|key)[\\\"']*[ \t]*[:=].*{NAME_SIGN})[A-Za-z0-9_.\\\"',-]*[ \t]*$"
    rf"|Private-Lines: [0-9]+$|{_KIND}Secret[\"']?,?$"
    ")".encode()
)

# A value that is alone on its line: no list, no name of its own, no element.
_ALONE = re.compile(
    rf"[ \t]*(?:string\(\d+\)[ ])?(?P<quote>[\"']?){UNTOUCHED}"
    r"(?P<secret>[^\s\"'<>{}\[\]:=,-][^\s\"'<>]*)(?P=quote),?\s*$"
)
_FIELD = re.compile(r"[ \t]*[\"']?[\w.-]{1,253}[\"']?:[ \t]+[\"']?(?P<secret>[^\"'\n]+)[\"']?,?$")
_DATA = re.compile(r"[\"']?(?:data|stringData)[\"']?:[ \t]*\{?$")
_ANY_KIND = re.compile(_KIND)
_BASE64_END = re.compile(r"[A-Za-z0-9+/=]+$")
_BRACKETS = re.compile(r"[{}\[\],]*")
_OF_NAMES = f"{ascii_letters}{digits}_.-\"'"
_DIGIT = re.compile(r"\d")

# The place of a secret: number of the line, where in it, and the kind.
Found = Iterator[tuple[int, int, int, str]]
Naming = Callable[[str, str], str]


def cut_blocks(text: str, name: Naming) -> str:
    """`text` with `name(kind, secret)` for each secret that stands below its name."""
    data = text.encode("utf-8", "surrogatepass")
    if not _OPENS.search(data):
        return text
    lines = text.split("\n")
    for number in _openings(data):
        for place, start, end, kind in _below(lines, number):
            line = lines[place]
            lines[place] = line[:start] + name(kind, line[start:end]) + line[end:]
    return "\n".join(lines)


def _openings(data: bytes) -> Iterator[int]:
    number = done = 0
    for found in _OPENS.finditer(data):
        number += data.count(b"\n", done, found.start())
        done = found.start()
        yield number


def _below(lines: list[str], number: int) -> Found:
    line = lines[number]
    near_end = max(0, len(line) - _MOST_CHARS)
    if found := _PUTTY.search(line, near_end):
        return _of_putty(lines, number, int(found["lines"]))
    if found := _MANIFEST.search(line, near_end):
        return _of_manifest(lines, number, found.start())
    if found := _NAME.search(line, near_end):
        return _of_name(lines, number, found)
    if _FIRST_OF_PAIR.search(line, near_end):
        return _of_pair(lines, number)
    return iter(())


def _of_name(lines: list[str], number: int, found: re.Match[str]) -> Found:
    before = lines[number][: found.start()]
    column = len(before[:-_MOST_CHARS] + before[-_MOST_CHARS:].rstrip(_OF_NAMES))
    deeper = _deeper(lines, number, column)
    if found["folded"]:
        yield from _whole(lines, deeper, column)
    elif found["opens"] == ":":
        yield from _alone(lines, number, next(deeper, None), is_no_word)
    else:
        yield from _alone(lines, number, number + 1, bool)


def _alone(
    lines: list[str], number: int, place: int | None, accepts: Callable[[str], bool]
) -> Found:
    if place is None or place >= len(lines):
        return
    found = _ALONE.match(lines[place], _end_of_prefix(lines[number], lines[place]))
    if found and accepts(found["secret"]) and _is_secret(found["secret"]):
        yield place, *found.span("secret"), "secret"


def _end_of_prefix(line: str, following: str) -> int:
    """Where two lines begin to differ, but for the time that a log may have put before both."""
    pairs = zip(line[:_MOST_CHARS], following[:_MOST_CHARS], strict=False)
    alike = takewhile(lambda pair: pair[0] == pair[1] or "".join(pair).isdecimal(), pairs)
    return sum(1 for _ in alike)


def _of_pair(lines: list[str], number: int) -> Found:
    line = lines[number + 1] if number + 1 < len(lines) else ""
    found = _SECOND_OF_PAIR.search(line[:_MOST_CHARS])
    if found and _is_secret(found["secret"]):
        # To the end of a line that is longer than what was looked at.
        end = found.end("secret") if found.end("secret") < _MOST_CHARS else len(line)
        yield number + 1, found.start("secret"), end, "secret"


def _of_putty(lines: list[str], number: int, count: int) -> Found:
    for place in range(number + 1, min(len(lines), number + 1 + min(count, _MOST_LINES))):
        found = _BASE64_END.search(lines[place], max(0, len(lines[place]) - _MOST_CHARS))
        if not found:
            return
        yield place, *found.span(), "private-key"


def _of_manifest(lines: list[str], number: int, column: int) -> Found:
    """Below `data`, which stands before its kind as often as behind it."""
    first = max(0, number - _MOST_LINES)
    before = _same_manifest(lines, range(number - 1, first - 1, -1), number, column)
    after = _same_manifest(lines, range(number + 1, len(lines)), number, column)
    for place in [place for place in chain(before, after) if _DATA.match(lines[place][column:])]:
        for field in _deeper(lines, place, column):
            found = _FIELD.match(lines[field], column)
            if found is None:
                yield from _whole(lines, [field], column)
            elif _is_secret(found["secret"]):
                yield field, *found.span("secret"), "secret"


def _same_manifest(lines: list[str], places: range, number: int, column: int) -> Iterator[int]:
    """Those at its column; what is deeper belongs to them, and what is not ends it."""
    prefix = lines[number][:column]

    def belongs(place: int) -> bool:
        head, rest = lines[place][:column], lines[place][column:]
        return _alike(head, prefix) and rest.strip() != "---" and not _ANY_KIND.match(rest)

    near = places[:_MOST_LINES]
    return (
        place
        for place in takewhile(belongs, near)
        if not lines[place][column : column + 1].isspace()
    )


def _deeper(lines: list[str], number: int, column: int) -> Iterator[int]:
    """The lines below that are indented more than `column`, behind as long a prefix."""
    prefix = lines[number][:column]
    for place in range(number + 1, min(len(lines), number + 1 + _MOST_LINES)):
        line = lines[place]
        if not line.strip():
            continue
        if not (line[column : column + 1].isspace() and _alike(line[:column], prefix)):
            return
        yield place


def _alike(head: str, prefix: str) -> bool:
    """Nothing but an indentation or a list's mark, or the same but for the time."""
    return head.strip(" \t-") == "" or _DIGIT.sub("0", head) == _DIGIT.sub("0", prefix)


def _whole(lines: list[str], places: Iterable[int], column: int) -> Found:
    for place in places:
        line = lines[place]
        start = len(line) - len(line[column:].lstrip())
        content = line[start:].rstrip()
        if _is_secret(content) and not _BRACKETS.fullmatch(content):
            yield place, start, start + len(content), "secret"


def _is_secret(text: str) -> bool:
    return not (is_harmless(text) or PLACEHOLDER.fullmatch(text))
