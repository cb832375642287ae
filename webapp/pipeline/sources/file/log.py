"""A log file that is open, unpacked where it is packed; and where reading of one ended."""

import bz2
import gzip
import lzma
import os
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from webapp.pipeline.sources.places import open_file
from webapp.pipeline.values import LogPaths

UNPACKING: dict[str, Callable[[Any], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}
# What opening or reading one can raise; ValueError: a path that no system knows.
TROUBLE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)
MOST_UNPACKED = 1 << 30
# So much before the offset tells a file from another one; more than most lines have.
KNOWN_BY = 512

_BLOCK = 1 << 20
_USUAL_LINES = 1 << 14
# A line that is longer is not waited for.
_LONGEST_LINE = 1 << 20


class Changed(Exception):
    """A file is not what it was a moment ago, so that reading has to begin anew."""


class Stream(Protocol):
    """A file, as far as it is used here; a short answer of `read` is its end."""

    def seek(self, offset: int, /) -> int: ...

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Log:
    """`size`: bytes, unpacked, as it was when opened; what is written later is not read."""

    path: str
    stream: Stream
    size: int
    device: int
    inode: int
    modified_ns: int

    @property
    def identity(self) -> tuple[int, int]:
        return self.device, self.inode

    def read(self, start: int, end: int) -> bytes:
        """At most a block of what lies from `start` to `end`, which is not behind the `size`.

        Raises Changed where there is nothing.
        """
        if start >= end:
            return b""
        self.stream.seek(start)
        data = self.stream.read(min(end - start, _BLOCK))
        if not data:
            raise Changed
        return data

    def known_by(self, offset: int) -> str:
        """A digest of what lies right before `offset`."""
        digest = blake2b(digest_size=8)
        at = max(0, offset - KNOWN_BY)
        while at < offset and (data := self.read(at, offset)):
            digest.update(data)
            at += len(data)
        return digest.hexdigest()

    def end_of_lines(self, start: int) -> int:
        """Behind the last line that has its end; `start` where none after it has."""
        for back in (_USUAL_LINES, _LONGEST_LINE):
            begin = max(start, self.size - back)
            found = self.read(begin, self.size).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
        return self.size if self.size - start >= _LONGEST_LINE else start


@dataclass(frozen=True)
class Mark:
    """Where reading of a file ended: at `offset`, which is the end of a line.

    What came after it in the file's `size` was a line without its end, and was read up to
    `read_to`. `digest` is that of what lies before `offset`: it tells the file, under whatever
    name, from one that took its name or its inode, and from one that was emptied and written anew.
    """

    device: int
    inode: int
    offset: int
    digest: str
    read_to: int
    size: int
    modified_ns: int

    @property
    def identity(self) -> tuple[int, int]:
        return self.device, self.inode

    def is_in(self, log: Log) -> bool:
        """Whether this file holds what was read."""
        return log.size >= self.offset and log.known_by(self.offset) == self.digest

    def goes_on_at(self, size: int) -> int:
        """Where that begins which was not read; a line that was and goes on is read anew."""
        return self.read_to if size == self.read_to else self.offset


def open_log(path: str, allowed: LogPaths, opened: ExitStack) -> Log:
    """Raises one of TROUBLE."""
    file = opened.enter_context(os.fdopen(open_file(path, allowed), "rb", buffering=0))
    status = os.fstat(file.fileno())
    unpack = UNPACKING.get(Path(path).suffix)
    stream = unpack(file) if unpack else file
    size = _unpacked_size(stream) if unpack else status.st_size
    return Log(path, stream, size, status.st_dev, status.st_ino, status.st_mtime_ns)


def _unpacked_size(stream: Stream) -> int:
    size = 0
    while data := stream.read(_BLOCK):
        size += len(data)
        if size > MOST_UNPACKED:
            raise OSError(0, f"it unpacks to more than {MOST_UNPACKED >> 30} GB")
    return size


def mark(log: Log, start: int, *, hold: bool) -> Mark:
    """Where reading of `log` from `start` on ends; `hold`: before a line that has no end yet."""
    offset = log.end_of_lines(start)
    read_to = offset if hold else log.size
    digest = log.known_by(offset)
    return Mark(*log.identity, offset, digest, read_to, log.size, log.modified_ns)


def said(problem: BaseException) -> str:
    """Why, in a few words, of one of TROUBLE."""
    return (isinstance(problem, OSError) and problem.strerror) or str(problem)
