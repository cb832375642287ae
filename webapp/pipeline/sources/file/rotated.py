"""Where a log's earlier lines went, by the names that rotation gives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from webapp.pipeline.sources.file.files import Beside, Entry, Files
from webapp.pipeline.sources.file.log import TROUBLE, UNPACKING, Log, Mark

MOST_TRIED = 20
# Packed files are unpacked from their start; larger ones are not worth it for a few older lines.
MOST_PACKED_BYTES = 4 << 20
# File systems tell the time of a change no finer than so.
_SLACK_NS = 2_000_000_000

# app.log.1, app.log-20260131, app.log.2026-01-31T10:00, app.log.old
_ROTATED = re.compile(r"[-._](?=(\d[\d._:TZ-]*|old)$)")
# worker-1.log is a rotated one of worker.log, or another worker's own; worker.log.1 is no such.
_IN_DOUBT = re.compile(r"[-._]\d{1,5}$")
# Not the day of a date.
_NUMBER = re.compile(r"(?<!\d)[-._](\d{1,3})$")


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


def bases_in_doubt(name: str) -> set[str]:
    """Those of `bases_of` that may have a log beside them whose own name this is."""
    root, extension = Path(name).stem, Path(name).suffix
    found = _IN_DOUBT.search(root)
    return {root[: found.start()] + extension} & bases_of(name) if found else set()


def rotated_since(path: str, mark: Mark, files: Files) -> Rotated | None:
    """Where that went which `mark` was read in; None where it is not found."""
    beside = files.beside(path)
    for entry in candidates(beside, mark):
        log = _opened(entry, files)
        if log and mark.is_in(log):
            return Rotated(log, *_all_opened(_later(entry, _recent(beside, mark)), files))
    return None


def candidates(beside: Beside, mark: Mark) -> list[Entry]:
    """Where that may be which `mark` was read in, the likeliest first."""
    by_inode = [one for one in beside.entries if one.identity == mark.identity]
    recent = _recent(beside, mark)[: -MOST_TRIED - 1 : -1]
    return by_inode + [one for one in recent if one not in by_inode]


def rotated_since_empty(path: str, mark: Mark, before: Mark | None, files: Files) -> Rotated | None:
    """Where a log went of which no line was read yet, so that it is known by none of them.

    It is what was written after `before`, the file that was rotated last at that time.
    """
    last = before and rotated_since(path, before, files)
    if last:
        logs, unread = last.after, last.unread
    else:
        logs, unread = _all_opened(written_after(files.beside(path), mark), files)
    return Rotated(logs[0], logs[1:], unread) if logs else None


def written_after(beside: Beside, mark: Mark) -> list[Entry]:
    return [one for one in _siblings(beside) if one.modified_ns > mark.modified_ns]


def file_of(path: str, mark: Mark, files: Files) -> Log | None:
    """The very file of `mark`, whatever its name is now, if it lies where the log lies.

    None, too, where it is as it was and was read to its end.
    """
    entry = changed_entry_of(files.beside(path), mark)
    log = entry and _opened(entry, files)
    return log if log and mark.is_in(log) else None


def changed_entry_of(beside: Beside, mark: Mark) -> Entry | None:
    found = next((one for one in beside.entries if one.identity == mark.identity), None)
    return None if found is None or _is_as_it_was(found, mark) else found


def files_before(path: str, files: Files) -> Iterator[Log]:
    """The rotated files of a log, the newest first, as far back as they can be read in a moment."""
    for entry in entries_before(files.beside(path)):
        log = _opened(entry, files)
        if not log:
            return
        yield log


def entries_before(beside: Beside) -> Iterator[Entry]:
    for entry in reversed(_siblings(beside)[-MOST_TRIED:]):
        if is_packed(entry) and entry.size > MOST_PACKED_BYTES:
            return
        yield entry


def is_packed(entry: Entry) -> bool:
    return _unpacked(entry.name) != entry.name


def _recent(beside: Beside, mark: Mark) -> list[Entry]:
    since = mark.modified_ns - _SLACK_NS
    return [one for one in _siblings(beside) if one.modified_ns >= since]


def _is_as_it_was(entry: Entry, mark: Mark) -> bool:
    """And nothing of it was held back; of a packed one the size is not known from outside."""
    size = mark.size if is_packed(entry) else entry.size
    return (mark.read_to, mark.size, mark.modified_ns) == (size, size, entry.modified_ns)


def _later(found: Entry, siblings: list[Entry]) -> list[Entry]:
    if found in siblings:
        return [one for one in siblings if _age(one) > _age(found)]
    # Somebody gave it a name of their own.
    return [one for one in siblings if one.modified_ns > found.modified_ns]


def _all_opened(entries: list[Entry], files: Files) -> tuple[list[Log], list[str]]:
    logs = [(one.path, _opened(one, files)) for one in entries]
    return [log for _, log in logs if log], [path for path, log in logs if not log]


def _siblings(beside: Beside) -> list[Entry]:
    """The oldest first; of one that is being packed, which is there twice, the whole one."""
    names = beside.names
    rotated = [one for one in beside.entries if bases_of(one.name) & names]
    rotated = [one for one in rotated if one.name not in names]
    whole = {one.name for one in rotated if not is_packed(one)}
    kept = [one for one in rotated if one.name in whole or _unpacked(one.name) not in whole]
    return sorted(kept, key=_age)


def _age(entry: Entry) -> tuple[int, int, str]:
    """Less is older: by number, of which 1 is the newest; else by time and the name's date."""
    stem = _unpacked(entry.name)
    number = _NUMBER.search(stem) or _NUMBER.search(Path(stem).stem)
    return (-int(number[1]) if number else 0, entry.modified_ns, stem)


def _unpacked(name: str) -> str:
    return Path(name).stem if Path(name).suffix in UNPACKING else name


def _opened(entry: Entry, files: Files) -> Log | None:
    """None for what cannot be read, such as one that is being packed at this moment."""
    try:
        return files.open_entry(entry)
    except TROUBLE:
        return None
