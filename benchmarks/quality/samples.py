"""Logs of real systems, and which of their lines somebody marked as a fault."""

from dataclasses import dataclass
from pathlib import Path

# Their lines begin with a label of their own: `-` is normal, anything else is not.
LABELLED = ("BGL", "Thunderbird")


@dataclass(frozen=True)
class Sample:
    """`bad`: the numbers, from 0, of the lines that are a fault; None where nobody marked any."""

    name: str
    lines: tuple[str, ...]
    bad: frozenset[int] | None


def samples(folder: Path) -> list[Sample]:
    """One for each `NAME.log`; none where there is no such file."""
    return [_sample(path) for path in sorted(folder.glob("*.log"))]


def _sample(path: Path) -> Sample:
    lines = path.read_text("utf-8", errors="replace").removesuffix("\n").split("\n")
    if path.stem not in LABELLED:
        return Sample(path.stem, tuple(lines), None)
    labels, texts = zip(*(line.partition(" ")[::2] for line in lines), strict=True)
    bad = frozenset(number for number, label in enumerate(labels) if label != "-")
    # A sample with hardly any faults of its own is one to put faults into.
    return Sample(path.stem, texts, bad if len(bad) > len(lines) // 100 else None)
