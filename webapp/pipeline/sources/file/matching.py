"""The files that a path or a pattern names."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from glob import has_magic, iglob
from itertools import islice
from pathlib import Path

from webapp.pipeline.sources.file.rotated import bases_of

MOST_FILES = 20
MOST_LOOKED_AT = 10_000


@dataclass(frozen=True)
class Matching:
    """`paths`: of the `count` that match, those that were written last, by name."""

    paths: Sequence[str]
    count: int


def matching(pattern: str) -> Matching:
    """A path that exists, or is no pattern, is itself; rotated files belong to their log."""
    if not has_magic(pattern) or os.path.lexists(pattern):
        return Matching([pattern], 1)
    # Not Path.glob, which takes no absolute pattern.
    found = set(islice(iglob(pattern), MOST_LOOKED_AT))  # noqa: PTH207
    times = {path: _time(path) for path in found if not _is_rotated(path, found)}
    logs = {path: time for path, time in times.items() if time is not None}
    newest = sorted(logs, key=lambda path: logs[path], reverse=True)[:MOST_FILES]
    return Matching(sorted(newest), len(logs))


def _is_rotated(path: str, found: set[str]) -> bool:
    one = Path(path)
    return any(str(one.with_name(base)) in found for base in bases_of(one.name))


def _time(path: str) -> int | None:
    """When it was written; None for what is no file."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_mtime_ns if stat.S_ISREG(status.st_mode) else None
