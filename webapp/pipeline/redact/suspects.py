"""Which lines of a text may hold a secret at all: most do not, and the rules are slow."""

from collections.abc import Callable, Sequence

import re2


class Suspects:
    """Lines in which one of the signs stands, patterns of RE2's; found in one pass."""

    def __init__(self, signs: Sequence[str]) -> None:
        alternatives = "|".join(dict.fromkeys(signs))
        self._sign = re2.compile(f"(?m:{alternatives})".encode())

    def replaced(self, text: str, replace: Callable[[str], str]) -> str:
        """The text with those lines as `replace` makes them, which gets them as one text.

        It must keep them lines, each by itself.
        """
        data = text.encode("utf-8", "surrogatepass")
        spans = self._spans(data)
        if not spans:
            return text
        lines = b"\n".join(data[start:end] for start, end in spans)
        changed = replace(lines.decode("utf-8", "surrogatepass")).split("\n")
        parts, done = [], 0
        for (start, end), line in zip(spans, changed, strict=True):
            parts += [data[done:start].decode("utf-8", "surrogatepass"), line]
            done = end
        return "".join([*parts, data[done:].decode("utf-8", "surrogatepass")])

    def _spans(self, data: bytes) -> list[tuple[int, int]]:
        """Where they begin and end."""
        spans = []
        found = self._sign.search(data)
        while found:
            start = data.rfind(b"\n", 0, found.start() + 1) + 1
            end = data.find(b"\n", max(found.start(), start))
            end = len(data) if end < 0 else end
            spans.append((start, end))
            found = self._sign.search(data, end + 1) if end < len(data) else None
        return spans
