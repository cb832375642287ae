"""The files that a path or a pattern names."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path

from webapp.pipeline.sources.file.files import Files
from webapp.pipeline.sources.file.rotated import bases_of

MOST_FILES = 20


@dataclass(frozen=True)
class Matching:
    """`paths`: of the `count` that match, those that were written last, by name."""

    paths: Sequence[str]
    count: int


def matching(pattern: str, files: Files) -> Matching:
    """A path that exists, or is no pattern, is itself; rotated files belong to their log."""
    found = files.found(pattern) if has_magic(pattern) else {pattern: None}
    if pattern in found:
        return Matching([pattern], 1)
    times = {path: time for path, time in found.items() if not _is_rotated(path, found)}
    logs = {path: time for path, time in times.items() if time is not None}
    newest = sorted(logs, key=lambda path: logs[path], reverse=True)[:MOST_FILES]
    return Matching(sorted(newest), len(logs))


def _is_rotated(path: str, found: Container[str]) -> bool:
    one = Path(path)
    return any(str(one.with_name(base)) in found for base in bases_of(one.name))
