"""The files of another machine, by what its shell can tell, in as few ways there as may be."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from webapp.pipeline.sources.file.blocks import BLOCK, Blocks, spans
from webapp.pipeline.sources.file.files import Ahead, Beside, Entry
from webapp.pipeline.sources.file.log import Changed, Log
from webapp.pipeline.sources.file.ranges import Range
from webapp.pipeline.sources.file.shell import MOST_LISTED, Answer, Call, Shell

_PROGRAMS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}


@dataclass(frozen=True)
class _Facts:
    """Of a file, as `stat` tells them."""

    mode: int
    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, words: Sequence[str]) -> "_Facts":
        mode, device, inode, size, *time = words
        return cls(int(mode, 16), int(device), int(inode), int(size), _nanoseconds(time))


class _Stream:
    """A file there. What is read and not here is fetched, from `path` or wherever it is by then."""

    def __init__(self, there: "There", path: str, facts: _Facts, size: int) -> None:
        self._there, self._at = there, 0
        self.path, self.program = path, _program(path)
        self.identity = f"{facts.device} {facts.inode}"
        self.size = size
        self.blocks = Blocks()

    def seek(self, offset: int, /) -> int:
        self._at = offset
        return offset

    def read(self, size: int, /) -> bytes:
        start, self._at = self._at, min(self._at + size, self.size)
        self._there.fetch([(self, start, self._at)])
        return self.blocks.between(start, self._at)


class There:
    """All of it raises Unreached and OutOfTimeError.

    A file is what it was when it was looked at first: where it is gone or shorter by the time
    that something of it is fetched, Changed is raised.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._opened: dict[str | Entry, Log | OSError] = {}
        self._streams: dict[str | Entry, _Stream] = {}
        self._real: dict[str, str] = {}
        self._folders: dict[str, list[Entry]] = {}

    def found(self, pattern: str) -> Mapping[str, Entry | None]:
        # In a shell a backslash would take the meaning from what comes after it.
        words = ("matches", pattern.replace("\\", "[\\\\]"))
        (answer,) = self._shell.ask([Call(words, MOST_LISTED)])
        if answer.words == ["itself"]:
            return {pattern: None}
        return {
            path: _entry(path, facts) if stat.S_ISREG(facts.mode) else None
            for path, facts in _listed(answer)
        }

    def beside(self, path: str) -> Beside:
        real = self._real[path]
        names = frozenset({Path(path).name, Path(real).name})
        return Beside(names, self._folders[_folder(real)])

    def gone(self, paths: Sequence[str]) -> Sequence[str]:
        calls = [Call(("gone", str(i), path)) for i, path in enumerate(paths)]
        calls += [_beside(i, path) for i, path in enumerate(paths)]
        found = []
        for answer in self._shell.ask(calls):
            path = paths[int(answer.words[1])]
            if answer.words[0] == "gone":
                found.append(path)
            else:
                self._take_place(path, answer)
        return found

    def open(self, path: str) -> Log:
        return self._open(path)

    def open_entry(self, entry: Entry) -> Log:
        return self._open(entry)

    def open_ahead(self, wanted: Iterable[Ahead]) -> None:
        asked: dict[str | Entry, Ahead] = {}
        for one in wanted:
            if one.file not in self._opened:
                asked.setdefault(one.file, one)
        files = list(asked)
        # What lies beside them last, so that it shows whatever became of them meanwhile.
        calls = [_look(i, asked[file]) for i, file in enumerate(files)]
        calls += [_beside(i, file) for i, file in enumerate(files) if isinstance(file, str)]
        for answer in self._shell.ask(calls):
            self._take(files[int(answer.words[1])], answer)
        for file in files:
            if isinstance(file, Entry) and file not in self._opened:
                raise Changed
            self._opened.setdefault(file, OSError(0, "it cannot be opened"))

    def read_ahead(self, ranges: Iterable[Range]) -> None:
        parts = ((one.log.stream, one.start, one.end) for one in ranges)
        self.fetch([(one, start, end) for one, start, end in parts if isinstance(one, _Stream)])

    def fetch(self, parts: Sequence[tuple[_Stream, int, int]]) -> None:
        """What of it is not here yet."""
        missing: dict[_Stream, set[int]] = {}
        for stream, start, end in parts:
            if numbers := stream.blocks.missing(start, end):
                missing.setdefault(stream, set()).update(numbers)
        streams = list(missing)
        calls = [_call_for(i, stream, missing[stream]) for i, stream in enumerate(streams)]
        for answer in self._shell.ask(calls):
            stream = streams[int(answer.words[1])]
            if answer.words[0] == "open" and int(answer.words[2]) < stream.size:
                raise Changed
            if answer.words[0] == "blocks":
                stream.blocks.keep(int(answer.words[2]), answer.data)
        if any(stream.blocks.missing(start, end) for stream, start, end in parts):
            raise Changed

    def _open(self, file: str | Entry) -> Log:
        self.open_ahead([Ahead(file)])
        log = self._opened[file]
        if isinstance(log, OSError):
            raise log
        return log

    def _take(self, file: str | Entry, answer: Answer) -> None:
        kind, _, *words = answer.words
        if kind == "closed":
            self._opened[file] = OSError(0, " ".join(words))
        elif kind == "open":
            self._add(file, int(words[0]), _Facts.of(words[1:]))
        elif kind == "blocks":
            self._streams[file].blocks.keep(int(words[0]), answer.data)
        elif isinstance(file, str):
            self._take_place(file, answer)

    def _add(self, file: str | Entry, size: int, facts: _Facts) -> None:
        path = _path(file)
        self._streams[file] = stream = _Stream(self, path, facts, size)
        self._opened[file] = Log(path, stream, size, facts.device, facts.inode, facts.modified_ns)

    def _take_place(self, path: str, answer: Answer) -> None:
        if answer.words[0] == "real":
            self._real[path] = os.fsdecode(answer.data)
            if path in self._streams:
                self._streams[path].path = self._real[path]
            return
        folder = _folder(self._real[path])
        self._folders[folder] = [
            _entry(f"{folder}/{name.rpartition('/')[2]}", facts) for name, facts in _listed(answer)
        ]


def _look(index: int, wanted: Ahead) -> Call:
    file = wanted.file
    identity = f"{file.device} {file.inode}" if isinstance(file, Entry) else ""
    words = ("look", index, _path(file), identity, _program(_path(file)))
    most = wanted.tail + 4 * BLOCK
    return Call((*map(str, words), str(wanted.offset), str(wanted.tail)), most)


def _beside(index: int, path: str) -> Call:
    return Call(("beside", str(index), path), MOST_LISTED)


def _call_for(index: int, stream: _Stream, numbers: Set[int]) -> Call:
    words = ("look", index, stream.path, stream.identity, stream.program, 0, 0)
    asked = (word for span in spans(numbers) for word in span)
    return Call([str(word) for word in (*words, *asked)], BLOCK * len(numbers))


def _listed(answer: Answer) -> list[tuple[str, _Facts]]:
    """Each file of a list with its name; the last is left out where the list was cut."""
    found = [one.split(" ", 7) for one in os.fsdecode(answer.data).split(f"{answer.mark} ")[1:]]
    if len(answer.data) >= MOST_LISTED:
        found.pop()
    return [(words[7].removesuffix("\n"), _Facts.of(words[:7])) for words in found]


def _nanoseconds(time: Sequence[str]) -> int:
    """From the time of day of GNU and busybox, or the seconds of BSD."""
    day, clock, zone = time
    if clock == "-":
        whole, _, fraction = day.partition(".")
        seconds = int(whole)
    else:
        clock, _, fraction = clock.partition(".")
        seconds = _seconds(f"{day} {clock} {zone}")
    return seconds * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))


def _seconds(time: str) -> int:
    return int(datetime.strptime(time, "%Y-%m-%d %H:%M:%S %z").timestamp())


def _entry(path: str, facts: _Facts) -> Entry:
    name = path.rpartition("/")[2]
    return Entry(name, path, facts.device, facts.inode, facts.size, facts.modified_ns)


def _path(file: str | Entry) -> str:
    return file if isinstance(file, str) else file.path


def _program(path: str) -> str:
    return _PROGRAMS.get(Path(path).suffix, "")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
