"""What the shell of another machine is asked about files, and what it answers."""

import os
import secrets
import shlex
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.pipeline.hosts import run
from webapp.pipeline.sources.file.blocks import BLOCK
from webapp.pipeline.sources.file.log import KNOWN_BY, MOST_UNPACKED
from webapp.pipeline.sources.within import OutOfTimeError
from webapp.pipeline.values import NOTHING, GatherLimits, Host, Tail

# Some 10,000 names.
MOST_LISTED = 1 << 20

_SCRIPT = Path(__file__).with_name("there.sh").read_text("utf-8")
_SIZES = (
    f"block={BLOCK} known={KNOWN_BY} most_listed={MOST_LISTED} most_unpacked={MOST_UNPACKED + 1}\n"
)
# With the script it has to fit into a pipe, which may have no more than 64 KB.
_MOST_CALLED = 30_000
# What it prints besides blocks and lists.
_SPARE_BYTES = 1 << 20
_READ_BYTES = 1 << 16


class Unreached(Exception):
    """The shell could not answer; the text says why."""


@dataclass(frozen=True)
class Answer:
    """`words` are what the shell tells, `data` what a program printed after that.

    `mark` begins each file in a list.
    """

    words: Sequence[str]
    data: bytes
    mark: str


@dataclass(frozen=True)
class Call:
    """A function of the script and its arguments; it prints at most `most` bytes of files."""

    words: Sequence[str]
    most: int = 0

    @property
    def line(self) -> str:
        return shlex.join(self.words)


class Shell:
    """`rounds`: how often it was gone to."""

    def __init__(self, host: Host, limits: GatherLimits) -> None:
        self._host, self._limits = host, limits
        self._deadline = time.monotonic() + limits.timeout_seconds
        self.rounds = 0

    def ask(self, calls: Sequence[Call]) -> Iterator[Answer]:
        """Raises Unreached and OutOfTimeError."""
        for some in _in_parts(calls):
            yield from self._ask(some)

    def _ask(self, calls: Sequence[Call]) -> Iterator[Answer]:
        # Where no other user of that machine sees them, as in a list of processes; but for the
        # mark, by which the name of a file could be made to look like two.
        token, mark = secrets.token_hex(16), secrets.token_hex(16)
        kept = _Kept(_SPARE_BYTES + sum(call.most for call in calls))
        self.rounds += 1
        result = run(
            self._host,
            "\n".join([_SIZES, _SCRIPT, *(call.line for call in calls), "tell end"]),
            timeout_seconds=max(0.0, self._deadline - time.monotonic()),
            keep_bytes=0,
            env={"token": token, "mark": mark},
            passed_env=self._limits.passed_env,
            bounds=replace(self._limits.bounds, user=None),
            into=kept,
        )
        if result.error and time.monotonic() >= self._deadline:
            raise OutOfTimeError
        said = " ".join(result.stderr.text.split())
        if result.error:
            raise Unreached(f"{result.error}{said and ': '}{said}")
        *answers, end = bytes(kept.data).split(f"{token} ".encode())
        if end != b"end\n":
            raise Unreached(said or "its shell did not tell all that it was asked")
        return (_answer(one, mark) for one in answers[1:])


class _Kept:
    """All that is printed; what is more than was asked for leaves no end to be found."""

    def __init__(self, most: int) -> None:
        self.data = bytearray()
        self._most = most

    def read_from(self, fd: int) -> int:
        data = os.read(fd, _READ_BYTES)
        self.feed(data)
        return len(data)

    def feed(self, data: bytes) -> None:
        self.data += data[: self._most - len(self.data)]

    def tail(self) -> Tail:
        return NOTHING


def _in_parts(calls: Sequence[Call]) -> Iterator[list[Call]]:
    part: list[Call] = []
    size = 0
    for call in calls:
        size += len(call.line.encode(errors="surrogateescape"))
        if part and size > _MOST_CALLED:
            yield part
            part, size = [], len(call.line)
        part.append(call)
    if part:
        yield part


def _answer(told: bytes, mark: str) -> Answer:
    line, _, data = told.partition(b"\n")
    return Answer(os.fsdecode(line).split(" "), data, mark)
