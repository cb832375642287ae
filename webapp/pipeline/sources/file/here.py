"""The files of this machine, within LOG_PATHS."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from glob import iglob
from itertools import islice
from pathlib import Path

from webapp.pipeline.sources.file.files import Ahead, Beside, Entry
from webapp.pipeline.sources.file.log import Changed, Log, open_log
from webapp.pipeline.sources.file.ranges import Range
from webapp.pipeline.values import LogPaths

MOST_LOOKED_AT = 10_000
MOST_ENTRIES = 10_000


@dataclass(frozen=True)
class Here:
    """What it opens is closed with `opened`."""

    allowed: LogPaths
    opened: ExitStack

    def found(self, pattern: str) -> Mapping[str, Entry | None]:
        if os.path.lexists(pattern):
            return {pattern: None}
        # Not Path.glob, which takes no absolute pattern.
        paths = set(islice(iglob(pattern), MOST_LOOKED_AT))  # noqa: PTH207
        return {path: _led_to(path) for path in paths}

    def beside(self, path: str) -> Beside:
        real = Path(path).resolve()
        entries: list[Entry] = []
        with suppress(OSError), os.scandir(real.parent) as found:
            entries += (entry for one in islice(found, MOST_ENTRIES) if (entry := _entry(one)))
        return Beside(frozenset({Path(path).name, real.name}), entries)

    def gone(self, paths: Sequence[str]) -> Sequence[str]:
        return [path for path in paths if not os.path.lexists(path)]

    def open(self, path: str) -> Log:
        return open_log(path, self.allowed, self.opened)

    def open_entry(self, entry: Entry) -> Log:
        try:
            log = self.open(entry.path)
        except FileNotFoundError as gone:
            raise Changed from gone
        if log.identity != entry.identity:
            raise Changed
        return log

    def open_ahead(self, wanted: Iterable[Ahead]) -> None:
        """Nothing is gained by it."""

    def read_ahead(self, ranges: Iterable[Range]) -> None:
        """Nothing is gained by it."""


def _led_to(path: str) -> Entry | None:
    """None for what is no file."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return _of(Path(path).name, path, status) if stat.S_ISREG(status.st_mode) else None


def _entry(found: os.DirEntry[str]) -> Entry | None:
    try:
        if not found.is_file(follow_symlinks=False):
            return None
        status = found.stat(follow_symlinks=False)
    except OSError:
        return None
    return _of(found.name, found.path, status)


def _of(name: str, path: str, status: os.stat_result) -> Entry:
    return Entry(name, path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
