"""Logs of their own that have names as rotated files have."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from webapp.pipeline.sources.file.files import Ahead, Beside, Entry, Files
from webapp.pipeline.sources.file.log import Log
from webapp.pipeline.sources.file.ranges import Range


@dataclass(frozen=True)
class Apart:
    """The same files, but those that stand `apart` lie beside no other log."""

    files: Files
    apart: Collection[tuple[int, int]]

    def found(self, pattern: str) -> Mapping[str, Entry | None]:
        return self.files.found(pattern)

    def beside(self, path: str) -> Beside:
        beside = self.files.beside(path)
        entries = [one for one in beside.entries if one.identity not in self.apart]
        return replace(beside, entries=entries)

    def gone(self, paths: Sequence[str]) -> Sequence[str]:
        return self.files.gone(paths)

    def open(self, path: str) -> Log:
        return self.files.open(path)

    def open_entry(self, entry: Entry) -> Log:
        return self.files.open_entry(entry)

    def open_ahead(self, wanted: Iterable[Ahead]) -> None:
        self.files.open_ahead(wanted)

    def read_ahead(self, ranges: Iterable[Range]) -> None:
        self.files.read_ahead(ranges)
