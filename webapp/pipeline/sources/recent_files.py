"""Files that were written of late, for whoever chooses one to read."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from itertools import islice
from pathlib import Path

from webapp.pipeline.sources.places import why_closed
from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.values import LogPaths

MOST = 50
MOST_LOOKED_AT = 5000
# Not text, or the old part of a log that nobody writes any more.
NOT_OFFERED = (".gz", ".xz", ".bz2", ".zst", ".journal", ".journal~")
RECORDS = ("wtmp", "btmp", "lastlog", "faillog")


@dataclass(frozen=True)
class Folder:
    """`depth`: how many folders down from it; 0: only what lies in it."""

    path: Path
    depth: int


@dataclass(frozen=True)
class RecentFile:
    path: str
    bytes: int
    modified_at: datetime


def recent_files(folders: Sequence[Folder], allowed: LogPaths, seconds: float) -> list[RecentFile]:
    """Regular files that may be read, by this process and by `allowed`, the newest first.

    Whatever cannot be looked at is left out, and what comes after `seconds` or after so many
    entries is not looked at.
    """
    deadline = time.monotonic() + seconds
    try:
        return within(seconds, lambda: _newest(folders, allowed, deadline))
    except OutOfTimeError:  # a file system that hangs
        return []


def _newest(folders: Sequence[Folder], allowed: LogPaths, deadline: float) -> list[RecentFile]:
    found: dict[str, RecentFile] = {}
    for entry in islice(_entries(folders, allowed), MOST_LOOKED_AT):
        # A moment before the end, so that what was found is not lost.
        if time.monotonic() > deadline - 0.2:
            break
        file = _offered(entry, allowed)
        if file:
            found[file.path] = file
    return nlargest(MOST, found.values(), key=lambda file: file.modified_at)


def _entries(folders: Sequence[Folder], allowed: LogPaths) -> Iterator[os.DirEntry[str]]:
    """All that lies in the folders, those near the top first; links to folders are not followed."""
    waiting = list(folders)
    for folder in waiting:
        if why_closed(os.path.realpath(folder.path), LogPaths(never=allowed.never)):
            continue
        try:
            with os.scandir(folder.path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False) and folder.depth:
                        waiting.append(Folder(Path(entry.path), folder.depth - 1))
                    yield entry
        except OSError:
            continue


def _offered(entry: os.DirEntry[str], allowed: LogPaths) -> RecentFile | None:
    name = entry.name
    if name.startswith(".") or name.endswith(NOT_OFFERED) or name in RECORDS:
        return None
    try:
        if not entry.is_file() or not os.access(entry.path, os.R_OK):
            return None
        status = entry.stat()
    except OSError:
        return None
    if not entry.path.isprintable() or why_closed(os.path.realpath(entry.path), allowed):
        return None
    written = datetime.fromtimestamp(status.st_mtime, UTC)
    return RecentFile(entry.path, status.st_size, written)
