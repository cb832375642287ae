"""Where a log's earlier lines went, by the names that rotation gives."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from webapp.pipeline.sources.file.log import TROUBLE, UNPACKING, Log, Mark, open_log
from webapp.pipeline.values import LogPaths

MOST_ENTRIES = 10_000
MOST_TRIED = 20
# Packed files are unpacked from their start; larger ones are not worth it for a few older lines.
MOST_PACKED_BYTES = 4 << 20
# File systems tell the time of a change no finer than so.
_SLACK_NS = 2_000_000_000

# app.log.1, app.log-20260131, app.log.2026-01-31T10:00, app.log.old
_ROTATED = re.compile(r"[-._](?=(\d[\d._:TZ-]*|old)$)")
# Not the day of a date.
_NUMBER = re.compile(r"(?<!\d)[-._](\d{1,3})$")


@dataclass(frozen=True)
class _Entry:
    name: str
    path: str
    device: int
    inode: int
    size: int
    modified_ns: int

    @property
    def stem(self) -> str:
        return _unpacked(self.name)

    @property
    def age(self) -> tuple[int, int, str]:
        """Less is older: by number, of which 1 is the newest; else by time and the name's date."""
        number = _NUMBER.search(self.stem) or _NUMBER.search(Path(self.stem).stem)
        return (-int(number[1]) if number else 0, self.modified_ns, self.stem)


@dataclass(frozen=True)
class Rotated:
    """A file by another name, and those of its log written later; `unread`: which cannot be."""

    old: Log
    after: list[Log]
    unread: list[str]


def bases_of(name: str) -> set[str]:
    """The names that a log may have, of which a file of this name is a rotated one."""
    stem = _unpacked(name)
    root, extension = Path(stem).stem, Path(stem).suffix
    found = {stem[: match.start()] for match in _ROTATED.finditer(stem)}
    found |= {root[: match.start()] + extension for match in _ROTATED.finditer(root)}
    if stem != name:
        found.add(stem)
    return found - {"", extension}


def rotated_since(path: str, mark: Mark, allowed: LogPaths, opened: ExitStack) -> Rotated | None:
    """Where that went which `mark` was read in; None where it is not found."""
    entries = _entries(path)
    recent = _recent(path, entries, mark)
    by_inode = [one for one in entries if (one.device, one.inode) == mark.identity]
    for entry in (*by_inode, *recent[: -MOST_TRIED - 1 : -1]):
        log = _opened(entry, allowed, opened)
        if log and mark.is_in(log):
            return Rotated(log, *_all_opened(_later(entry, recent), allowed, opened))
    return None


def rotated_since_empty(
    path: str, mark: Mark, before: Mark | None, allowed: LogPaths, opened: ExitStack
) -> Rotated | None:
    """Where a log went of which no line was read yet, so that it is known by none of them.

    It is what was written after `before`, the file that was rotated last at that time.
    """
    last = before and rotated_since(path, before, allowed, opened)
    if last:
        logs, unread = last.after, last.unread
    else:
        newer = [
            one for one in _siblings(path, _entries(path)) if one.modified_ns > mark.modified_ns
        ]
        logs, unread = _all_opened(newer, allowed, opened)
    return Rotated(logs[0], logs[1:], unread) if logs else None


def file_of(path: str, mark: Mark, allowed: LogPaths, opened: ExitStack) -> Log | None:
    """The very file of `mark`, whatever its name is now, if it lies where the log lies."""
    for entry in _entries(path):
        if (entry.device, entry.inode) == mark.identity:
            log = _opened(entry, allowed, opened)
            return log if log and mark.is_in(log) else None
    return None


def files_before(path: str, allowed: LogPaths, opened: ExitStack) -> Iterator[Log]:
    """The rotated files of a log, the newest first, as far back as they can be read in a moment."""
    for entry in reversed(_siblings(path, _entries(path))[-MOST_TRIED:]):
        if entry.stem != entry.name and entry.size > MOST_PACKED_BYTES:
            return
        log = _opened(entry, allowed, opened)
        if not log:
            return
        yield log


def _recent(path: str, entries: list[_Entry], mark: Mark) -> list[_Entry]:
    since = mark.modified_ns - _SLACK_NS
    return [one for one in _siblings(path, entries) if one.modified_ns >= since]


def _later(found: _Entry, siblings: list[_Entry]) -> list[_Entry]:
    if found in siblings:
        return [one for one in siblings if one.age > found.age]
    # Somebody gave it a name of their own.
    return [one for one in siblings if one.modified_ns > found.modified_ns]


def _all_opened(
    entries: list[_Entry], allowed: LogPaths, opened: ExitStack
) -> tuple[list[Log], list[str]]:
    logs = [(one.path, _opened(one, allowed, opened)) for one in entries]
    return [log for _, log in logs if log], [path for path, log in logs if not log]


def _entries(path: str) -> list[_Entry]:
    """What lies beside a log; where `path` is a link, beside that to which it leads."""
    with suppress(OSError), os.scandir(Path(path).resolve().parent) as found:
        return [entry for one in islice(found, MOST_ENTRIES) if (entry := _entry(one))]
    return []


def _entry(found: os.DirEntry[str]) -> _Entry | None:
    try:
        if not found.is_file(follow_symlinks=False):
            return None
        status = found.stat(follow_symlinks=False)
    except OSError:
        return None
    return _Entry(
        found.name, found.path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    )


def _siblings(path: str, entries: list[_Entry]) -> list[_Entry]:
    """The oldest first; of one that is being packed, which is there twice, the whole one."""
    names = {Path(path).name, Path(path).resolve().name}
    rotated = [one for one in entries if bases_of(one.name) & names and one.name not in names]
    whole = {one.name for one in rotated if one.name == one.stem}
    kept = [one for one in rotated if one.name in whole or one.stem not in whole]
    return sorted(kept, key=lambda one: one.age)


def _unpacked(name: str) -> str:
    return Path(name).stem if Path(name).suffix in UNPACKING else name


def _opened(entry: _Entry, allowed: LogPaths, opened: ExitStack) -> Log | None:
    """None for what cannot be read, such as one that is being packed at this moment."""
    try:
        return open_log(entry.path, allowed, opened)
    except TROUBLE:
        return None
