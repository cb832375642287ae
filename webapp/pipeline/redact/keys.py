"""Private keys in PEM form, whole or with an end cut off, plain, escaped or behind log prefixes.

By hand, since a pattern that looks lazily for END is quadratic on a text full of BEGINs.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

_MARKER = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_FURTHEST_END = 20_000  # characters; the largest keys, each line behind a prefix
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_ESCAPED = _BASE64 + "\\"
_FULL_LINE = 40  # characters of base64 at its end make a line one of a key; PEM has 64
_HEADER = re.compile(r"[^\n]{0,200}(?:Proc-Type|DEK-Info|Version|Comment): |\s*\Z")

Naming = Callable[[str], str]


def cut_private_keys(text: str, name: Naming) -> str:
    """Replace each key by `name(key)`, all of its lines by one."""
    parts = []
    done = 0
    for start, end in _spans(text):
        if end <= done:
            continue
        start = max(start, done)
        parts += [text[done:start], name(text[start:end])]
        done = end
    return "".join([*parts, text[done:]])


def _spans(text: str) -> Iterator[tuple[int, int]]:
    markers = list(_MARKER.finditer(text))
    paired = False
    for marker, following in pairwise([*markers, None]):
        if marker is None:
            return
        if marker[1] == "END":
            if not paired:
                yield _body_start(text, marker.start()), marker.end()
            paired = False
        elif following and following[1] == "END" and _near(marker, following):
            paired = True
            yield marker.start(), following.end()
        else:
            yield marker.start(), _body_end(text, marker.end())


def _near(begin: re.Match[str], end: re.Match[str]) -> bool:
    return end.start() - begin.end() <= _FURTHEST_END


def _body_end(text: str, begin: int) -> int:
    """Where the key that BEGIN opened just before `begin` ends, without an END."""
    rest = _line_end(text, begin)
    escaped = text[begin:rest]
    end = rest - len(escaped.lstrip(_ESCAPED))
    prefix: int | None = None
    while end == rest and rest < len(text):
        line_end = _line_end(text, rest + 1)
        line = text[rest + 1 : line_end]
        body = _base64_chars(line)
        if body < _FULL_LINE and not (prefix is None and _HEADER.match(line)):
            is_last = body > 0 and prefix == len(line) - body
            return line_end if is_last else end
        prefix = len(line) - body if body >= _FULL_LINE else None
        end = rest = line_end
    return end


def _body_start(text: str, end: int) -> int:
    """Where the key that END closed at `end` starts, its BEGIN being lost."""
    start = text.rfind("\n", 0, end) + 1
    escaped = text[start:end]
    if body := len(escaped) - len(escaped.rstrip(_ESCAPED)):
        return end - body
    last_line = start
    while start:
        line_start = text.rfind("\n", 0, start - 1) + 1
        line = text[line_start : start - 1]
        ends_key = start == last_line and _ends_a_key(text, line, line_start)
        if _base64_chars(line) < _FULL_LINE and not ends_key:
            break
        start = line_start
    return start


def _ends_a_key(text: str, line: str, line_start: int) -> bool:
    """The last line of a key is short: told by being base64 alone, or by the line before it."""
    body = _base64_chars(line)
    before_end = max(line_start - 1, 0)
    before = text[text.rfind("\n", 0, before_end) + 1 : before_end]
    return body > 0 and (body == len(line) or _base64_chars(before) >= _FULL_LINE)


def _base64_chars(line: str) -> int:
    return len(line) - len(line.rstrip(_BASE64))


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
