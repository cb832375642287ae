"""The lines of several containers as one text."""

from collections.abc import Sequence
from heapq import merge

from webapp.pipeline.clean import clean
from webapp.pipeline.sources.stamped.lines import Line
from webapp.pipeline.sources.stamped.part import Part
from webapp.pipeline.tail import line_count
from webapp.pipeline.values import NOTHING, InputSpec, Tail


def merged_tail(parts: Sequence[Part], spec: InputSpec, keep_bytes: int) -> Tail:
    """All lines by time, those of before first, and as many of the last as there is room for."""
    context = _lines([part.context for part in parts], parts, spec)
    new = _lines([part.new for part in parts], parts, spec)
    lines = [*context, *new]
    over = _over(lines, keep_bytes)
    old, fresh = (
        clean(b"".join(context[over:])),
        clean(b"".join(new[max(0, over - len(context)) :])),
    )
    lost_lines = over + sum(part.lost_lines for part in parts)
    lost_bytes = sum(map(len, lines[:over])) + sum(part.lost_bytes for part in parts)
    text = old + fresh
    if not text:
        return NOTHING
    return Tail(
        text,
        total_bytes=lost_bytes + sum(map(len, lines[over:])),
        total_lines=lost_lines + line_count(text),
        lost_lines=lost_lines,
        lost_bytes=lost_bytes,
        at_least=any(part.at_least for part in parts),
        context_lines=line_count(old),
    )


def _lines(
    of_each: Sequence[Sequence[Line]], parts: Sequence[Part], spec: InputSpec
) -> list[bytes]:
    """Headed by the container's name where there are several, as Compose prints them."""
    heads = [f"{part.name} | ".encode() if len(parts) > 1 else b"" for part in parts]
    headed = [
        [(line.time, head + _shown(line, spec)) for line in lines]
        for head, lines in zip(heads, of_each, strict=True)
    ]
    return [text for _, text in merge(*headed, key=lambda line: line[0])]


def _shown(line: Line, spec: InputSpec) -> bytes:
    return f"{line.time} ".encode() + line.text if spec.config.get("timestamps") else line.text


def _over(lines: Sequence[bytes], keep_bytes: int) -> int:
    """How many of the first there is no room for."""
    for index in range(len(lines) - 1, -1, -1):
        keep_bytes -= len(lines[index])
        if keep_bytes < 0:
            return min(index + 1, len(lines) - 1)
    return 0
