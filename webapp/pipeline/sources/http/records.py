"""Entries of a log as a service keeps them, and the lines that people read."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.pipeline.sources.http.times import rfc3339

# Where a line tells its time by itself, that stands near its start.
_CLOCK = re.compile(r".{0,60}?\d\d:\d\d:\d\d", re.DOTALL)


@dataclass(frozen=True)
class Record:
    """`time` in nanoseconds, None where none is told; `id` is the same whenever it is read."""

    time: int | None
    id: str
    text: str


def record(
    time: int | None, text: str, shown: Iterable[str] = (), own_id: str | None = None
) -> Record:
    line = " ".join([*shown, text.rstrip("\n")])
    if time is not None and not _CLOCK.match(text):
        line = f"{rfc3339(time)[:23]}Z {line}"
    return Record(time, _short(own_id or f"{time} {line}"), line)


def numbered(records: Sequence[Record]) -> list[Record]:
    """Equal entries, each with an id of its own, by how many of them came before."""
    times_seen: dict[str, int] = {}
    result = []
    for one in records:
        number = times_seen[one.id] = times_seen.get(one.id, 0) + 1
        known = one.id if number == 1 else f"{one.id}.{number}"
        result.append(Record(one.time, known, one.text))
    return result


def at(value: Any, path: str) -> Any:
    """What lies at `a.b.0`; a field whose own name has the dots goes first. None: nothing."""
    if not path:
        return value
    if isinstance(value, Mapping) and path in value:
        return value[path]
    first, _, rest = path.partition(".")
    if isinstance(value, list) and first.isdecimal() and int(first) < len(value):
        return at(value[int(first)], rest)
    return at(value[first], rest) if isinstance(value, Mapping) and first in value else None


def words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def named(value: Any, names: Iterable[str]) -> list[str]:
    """`level=error` for each name that is there."""
    found = ((name, at(value, name)) for name in names)
    return [f"{name}={words(one)}" for name, one in found if one not in (None, "")]


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
