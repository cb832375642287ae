"""What is here of a file that lies elsewhere, in blocks of one size."""

from collections.abc import Iterable

BLOCK = 1 << 14


class Blocks:
    def __init__(self) -> None:
        self._held: dict[int, bytes] = {}

    def keep(self, first: int, data: bytes) -> None:
        """From the block of this number on; the last may be the end of the file."""
        for at in range(0, len(data), BLOCK):
            number, block = first + at // BLOCK, data[at : at + BLOCK]
            if len(block) > len(self._held.get(number, b"")):
                self._held[number] = block

    def missing(self, start: int, end: int) -> set[int]:
        """The numbers of the blocks that are to be fetched for these bytes."""
        return {
            number
            for number in _numbers(start, end)
            if len(self._held.get(number, b"")) < min(BLOCK, end - number * BLOCK)
        }

    def between(self, start: int, end: int) -> bytes:
        """Of which nothing may be missing."""
        data = b"".join(self._held[number] for number in _numbers(start, end))
        skipped = start % BLOCK
        return data[skipped : skipped + end - start]


def spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first of each row of them and its length, in order."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        first, count = found[-1] if found else (number, 0)
        if first + count == number:
            found[-1:] = [(first, count + 1)]
        else:
            found.append((number, 1))
    return found


def _numbers(start: int, end: int) -> range:
    return range(start // BLOCK, -(-end // BLOCK)) if end > start else range(0)
