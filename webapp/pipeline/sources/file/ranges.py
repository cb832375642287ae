"""Parts of logs, and the text that they make in so much room."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from webapp.pipeline.sources.file.log import Log
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import NOTHING, Tail


@dataclass(frozen=True)
class Range:
    """What lies in a log from `start` to `end`."""

    log: Log
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


def size_of(ranges: Sequence[Range]) -> int:
    return sum(one.size for one in ranges)


def ends_of(ranges: Sequence[Range], room: int) -> list[Range]:
    """What `text_of` reads of them."""
    ends: list[Range] = []
    for one in reversed(ranges):
        if room <= 0:
            break
        ends.append(Range(one.log, max(one.start, one.end - room), one.end))
        room -= one.size
    return ends


def text_of(ranges: Sequence[Range], room: int) -> Tail:
    """The end of what the ranges hold one after the other, in at most `room` bytes."""
    tails: list[Tail] = []
    for one in reversed(ranges):
        tail = _read(one, room)
        room = 0 if tail.lost_bytes else room - one.size
        tails.insert(0, tail)
    return joined(tails)


def joined(tails: Sequence[Tail]) -> Tail:
    """Each begins on a line of its own."""
    text = ""
    for tail in tails:
        text += "\n" * bool(tail.text and text and not text.endswith("\n")) + tail.text
    return Tail(
        text,
        total_bytes=sum(tail.total_bytes for tail in tails),
        total_lines=sum(tail.total_lines for tail in tails),
        torn=next((tail.torn for tail in tails if tail.text), False),
        lost_lines=sum(tail.lost_lines for tail in tails),
        lost_bytes=sum(tail.lost_bytes for tail in tails),
        at_least=any(tail.at_least for tail in tails),
    )


def shares(room: int, wanted: Sequence[int]) -> list[int]:
    """Those who want least have it all, the others an equal part of what is left."""
    given = [0] * len(wanted)
    for done, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        given[index] = min(wanted[index], room // (len(wanted) - done))
        room -= given[index]
    return given


def _read(one: Range, room: int) -> Tail:
    if not room or not one.size:
        return replace(NOTHING, total_bytes=one.size, lost_bytes=one.size, at_least=one.size > 0)
    at = max(one.start, one.end - room)
    keeper = TailKeeper(room, skipped_bytes=at - one.start)
    while at < one.end and (data := one.log.read(at, one.end)):
        keeper.feed(data)
        at += len(data)
    return keeper.tail()
