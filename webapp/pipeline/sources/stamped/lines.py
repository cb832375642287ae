"""The lines of a container's log with their times, and which of them are new."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

# Docker passes a longer line on in pieces of this size, each with a time before it.
PIECE_BYTES = 1 << 14

# Docker tells it in UTC; some nodes of a cluster tell it in their own zone.
_STAMP = re.compile(
    rb"(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?P<nanos>\.\d{9})(?P<zone>Z|[+-]\d\d:\d\d) "
)
_STAMP_BYTES = 31
# stdout and stderr get their times side by side, and may be written in the other order.
_DISORDER = timedelta(seconds=1)


class Line(NamedTuple):
    """`time` is in UTC with nanoseconds, so that times compare as text."""

    time: str
    text: bytes


@dataclass(frozen=True)
class Place:
    """Where reading of a container ended: behind the `count`th of its lines with exactly `time`.

    A log only grows at its end, so whatever comes after that line is new, also with the same time
    or an earlier one. `started`: when the container was last started, as it was then.
    """

    id: str
    started: str
    time: str = ""
    count: int = 0

    def after(self, lines: Sequence[Line]) -> "Place":
        """Where it is once these new lines were read too; one that was torn has no time."""
        last = next((line.time for line in reversed(lines) if line.time), None)
        if last is None:
            return self
        count = sum(line.time == last for line in lines)
        before = self.count if last == self.time else 0
        return Place(self.id, self.started, last, before + count)

    def as_kept(self) -> Mapping[str, Any]:
        return asdict(self)


class LogEnd:
    """The end of a log as it comes in; its reader may be given up while it reads on."""

    def __init__(self, keep_bytes: int) -> None:
        self._lock = Lock()
        # With room for the times, which are taken off.
        self._keep_bytes = 2 * keep_bytes
        self._data = bytearray()
        self._dropped_bytes = 0
        self._dropped_lines = 0

    def feed(self, data: bytes) -> None:
        with self._lock:
            self._data += data
            if len(self._data) > 2 * self._keep_bytes:
                self._drop(len(self._data) - self._keep_bytes)

    def _drop(self, size: int) -> None:
        """Up to the end of a line, so that what is kept begins with a time."""
        end = self._data.find(b"\n", size)
        size = end + 1 if end >= 0 else size
        self._dropped_lines += self._data.count(b"\n", 0, size)
        self._dropped_bytes += size
        del self._data[:size]

    def lines(self, *, with_unended: bool) -> list[Line]:
        """Those that are kept. One that has no end yet may go on, and is another line then."""
        with self._lock:
            texts = bytes(self._data).split(b"\n")
        unended = texts.pop()
        lines = [_line(text + b"\n") for text in texts]
        return [*lines, _line(unended)] if unended and with_unended else lines

    @property
    def dropped_lines(self) -> int:
        return self._dropped_lines

    @property
    def dropped_bytes(self) -> int:
        """Without the times, as long as most are."""
        return max(0, self._dropped_bytes - self._dropped_lines * _STAMP_BYTES)


def _line(data: bytes) -> Line:
    stamp = _STAMP.match(data)
    if not stamp:
        return Line("", data)
    text = data[stamp.end() :]
    return Line(_in_utc(stamp), _in_one(text) if len(text) > PIECE_BYTES else text)


def _in_utc(stamp: re.Match[bytes]) -> str:
    second, nanos, zone = (part.decode() for part in stamp.groups())
    if zone != "Z":
        moment = datetime.fromisoformat(f"{second}{zone}").astimezone(UTC)
        second = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return f"{second}{nanos}Z"


def _in_one(text: bytes) -> bytes:
    """Each of its pieces came with a time before it."""
    pieces, at = [], 0
    while stamp := _STAMP.match(text, at + PIECE_BYTES):
        pieces.append(text[at : at + PIECE_BYTES])
        at += PIECE_BYTES
        text = text[:at] + text[stamp.end() :]
    return b"".join([*pieces, text[at:]])


def first_new(lines: Sequence[Line], place: Place, *, whole: bool) -> int | None:
    """The index of the first line after `place`. `whole`: no line is missing before the first.

    None: lines of that time may be missing, so that it cannot be told.
    """
    if not lines or not place.time:
        return 0
    if not whole and lines[0].time > shortly_before(place.time):
        return None
    same = [index for index, line in enumerate(lines) if line.time == place.time]
    if same:
        return same[min(place.count, len(same)) - 1] + 1
    return next((at for at, line in enumerate(lines) if line.time > place.time), len(lines))


def shortly_before(time: str) -> str:
    """Whatever was written before a line of that time has an earlier one than this."""
    # Of the nanoseconds, Python's times have the first six digits.
    moment = datetime.fromisoformat(time[:26]) - _DISORDER
    return f"{moment.isoformat(timespec='microseconds')}000Z"
