"""Keeps the end of a stream in a ring of fixed size, however long the stream is."""

import os

from webapp.pipeline.clean import clean
from webapp.pipeline.values import Tail

_READ_BYTES = 1 << 19


class TailKeeper:
    """The last `keep_bytes` of what is fed, and the size of all of it.

    `skipped_bytes` were there before what is fed and are counted, but never read.
    """

    def __init__(self, keep_bytes: int, *, skipped_bytes: int = 0) -> None:
        self._keep_bytes = keep_bytes
        self._ring = bytearray(max(keep_bytes, _READ_BYTES))
        self._view = memoryview(self._ring)
        self._end = 0
        self._skipped_bytes = skipped_bytes
        self._fed_bytes = 0
        self._newlines = 0

    def read_from(self, fd: int) -> int:
        """Read once, straight into the ring; the number of bytes read, 0 at the end.

        Raises BlockingIOError where `fd` is non-blocking and has nothing.
        """
        size = os.readv(fd, (self._view[self._end :], self._view[: self._end]))
        self._advance(size)
        return size

    def feed(self, data: bytes) -> None:
        """Take `data` as what the stream holds next."""
        rest = memoryview(data)
        while rest:
            part = rest[: len(self._ring) - self._end]
            self._view[self._end : self._end + len(part)] = part
            self._advance(len(part))
            rest = rest[len(part) :]

    def tail(self) -> Tail:
        """What is kept, from its first whole line on."""
        kept, torn = self._whole_lines(self._kept())
        return Tail(
            text=clean(kept),
            total_bytes=self._skipped_bytes + self._fed_bytes,
            total_lines=self._newlines + self._ends_inside_a_line(),
            torn=torn,
        )

    def _advance(self, size: int) -> None:
        stop = self._end + size
        over = stop - len(self._ring)
        self._newlines += _newlines(self._ring[self._end : stop])
        if over > 0:
            self._newlines += _newlines(self._ring[:over])
        self._end = over if over >= 0 else stop
        self._fed_bytes += size

    def _ends_inside_a_line(self) -> bool:
        return self._fed_bytes > 0 and self._ring[self._end - 1] != ord("\n")

    def _kept(self) -> bytes:
        start = self._end - min(self._keep_bytes, self._fed_bytes)
        if start >= 0:
            return bytes(self._view[start : self._end])
        return bytes(self._view[start:]) + bytes(self._view[: self._end])

    def _whole_lines(self, kept: bytes) -> tuple[bytes, bool]:
        if self._skipped_bytes + self._fed_bytes == len(kept):
            return kept, False
        first_end = kept.find(b"\n")
        if first_end in (-1, len(kept) - 1):
            return kept, True
        return kept[first_end + 1 :], False


def _newlines(data: bytearray) -> int:
    # count() looks at each byte by itself; replace() leaps from one to the next by memchr, which
    # is worth its copy: 1 GB of log lines in 0.16 s instead of 0.32 s.
    return len(data) - len(data.replace(b"\n", b""))
