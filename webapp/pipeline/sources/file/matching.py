"""The files that a path or a pattern names."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import Any

from webapp.pipeline.clean import one_line
from webapp.pipeline.sources.file.files import Entry, Files
from webapp.pipeline.sources.file.rotated import bases_in_doubt, bases_of

MOST_FILES = 20
_MOST_NAMED = 5
# At the first Run: what was written so long before its log was is taken for a part of it.
_QUIET_NS = 3600 * 10**9

Position = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Matching:
    """`paths`: of the `count` that match, those that were written last, by name.

    `rotated`: the others, which belong to their log. `in_doubt`: those of `paths` that do too if
    they turn out to hold what their log held. `names`: of all that match, whatever they are.
    """

    paths: Sequence[str]
    count: int
    rotated: Sequence[str] = ()
    in_doubt: Sequence[str] = ()
    names: Collection[str] = ()


def matching(pattern: str, files: Files, position: Position | None = None) -> Matching:
    """A path that exists, or is no pattern, is itself; rotated files belong to their log.

    `position`: by path, where reading ended at the last Run.
    """
    found = files.found(pattern) if has_magic(pattern) else {pattern: None}
    if pattern in found:
        return Matching([pattern], 1, names=[pattern])
    entries = {path: entry for path, entry in found.items() if entry}
    rotated = [path for path in entries if _is_rotated(path, entries, position)]
    logs = entries.keys() - rotated
    newest = sorted(logs, key=lambda path: entries[path].modified_ns, reverse=True)[:MOST_FILES]
    in_doubt = [path for path in newest if _lie_beside(path, bases_in_doubt, entries)]
    return Matching(sorted(newest), len(logs), sorted(rotated), in_doubt, found)


def left_out(rotated: Sequence[str]) -> list[str]:
    """A sentence on them, where there are any."""
    if not rotated:
        return []
    named = [one_line(Path(path).name) for path in rotated]
    if len(named) > _MOST_NAMED:
        named[_MOST_NAMED:] = [f"{len(named) - _MOST_NAMED:,} more"]
    *first, last = named
    listed = f"{', '.join(first)} and {last}" if first else last
    return [f"not read by themselves, as rotated parts of other logs: {listed}"]


def _is_rotated(path: str, entries: Mapping[str, Entry], position: Position | None) -> bool:
    in_doubt = _lie_beside(path, bases_in_doubt, entries)
    if _lie_beside(path, bases_of, entries) != in_doubt:
        return True
    return bool(in_doubt) and not any(_may_live(path, base, entries, position) for base in in_doubt)


def _may_live(
    path: str, base: str, entries: Mapping[str, Entry], position: Position | None
) -> bool:
    """Whether a file may be written by itself: no line of one that is may be passed over."""
    own, log = entries[path], entries[base]
    if position is None:
        return own.modified_ns > log.modified_ns - _QUIET_NS
    if _is_at(own, position.get(path)) or base not in position:
        return True
    return not _is_at(own, position[base]) and own.modified_ns > position[base]["modified_ns"]


def _is_at(entry: Entry, place: Mapping[str, Any] | None) -> bool:
    return place is not None and (place["device"], place["inode"]) == entry.identity


def _lie_beside(path: str, names: Callable[[str], set[str]], entries: Collection[str]) -> list[str]:
    one = Path(path)
    beside = (str(one.with_name(name)) for name in sorted(names(one.name)))
    return [base for base in beside if base in entries]
