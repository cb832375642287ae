"""What reading logs asks of the machine that has them, be it this one or another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from webapp.pipeline.sources.file.log import Log
from webapp.pipeline.sources.file.ranges import Range


@dataclass(frozen=True)
class Entry:
    """A regular file, as it was when it was listed; `size` is packed."""

    name: str
    path: str
    device: int
    inode: int
    size: int
    modified_ns: int

    @property
    def identity(self) -> tuple[int, int]:
        return self.device, self.inode


@dataclass(frozen=True)
class Beside:
    """The folder that a log lies in, and the `names` that the log has there."""

    names: frozenset[str]
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Ahead:
    """A file that will be opened soon, by its path or as it was listed.

    Of it what lies right before `offset` will be read, and `tail` bytes of its end.
    """

    file: str | Entry
    offset: int = 0
    tail: int = 0


class Files(Protocol):
    def found(self, pattern: str) -> Mapping[str, Entry | None]:
        """Each path that matches, and the file that it leads to; None: it is no regular file.

        Itself alone, where there is a file of that name.
        """

    def beside(self, path: str) -> Beside:
        """Where `path` is a link, what lies beside that to which it leads."""

    def gone(self, paths: Sequence[str]) -> Sequence[str]:
        """Those of them that nothing has the name of; what lies beside them can be asked then."""

    def open(self, path: str) -> Log:
        """The regular file that `path` leads to. Raises one of TROUBLE."""

    def open_entry(self, entry: Entry) -> Log:
        """That very file. Raises one of TROUBLE, and Changed where it is not there any more."""

    def open_ahead(self, wanted: Iterable[Ahead]) -> None:
        """They will be opened: where each file takes a way to go, all are fetched by one.

        Where none does, nothing is found out of what is wanted.
        """

    def read_ahead(self, ranges: Iterable[Range]) -> None:
        """The same for what will be read."""
