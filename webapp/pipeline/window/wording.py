"""What is said in the place of what is cut, and how much room text takes."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def middle_marker(count: int) -> str:
    return f" … {counted(count, 'character')} of this line not shown … "


def bytes_marker(count: int) -> str:
    """Bytes, as what was dropped was never read as characters."""
    return f" … {counted(count, 'earlier byte')} not shown … "


def chars_of(lines: Sequence[str]) -> int:
    return sum(map(len, lines)) + max(len(lines) - 1, 0)


def line_count(text: str) -> int:
    return text.count("\n") + 1 if text else 0
