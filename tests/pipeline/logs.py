"""Logs that are written, rotated and read again and again."""

import gzip
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.parts import require
from webapp.pipeline.sources import READERS
from webapp.pipeline.sources.kind import Reader
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec

Named = Callable[[Path, int], Path]
HERE = Host("local")
LIMITS = GatherLimits(max_workers=1, timeout_seconds=20, keep_bytes=1000)


@dataclass
class Watch:
    """A Monitor's Input over its Runs."""

    path: Path
    limits: GatherLimits = LIMITS
    position: Mapping[str, Any] | None = None
    host: Host = HERE
    reader: Reader = READERS["file"]

    def read(self) -> CommandResult:
        spec = InputSpec("A", "file", config={"path": str(self.path)}, position=self.position)
        result = self.reader(self.host, spec, self.limits)
        if result.position is not None:
            self.position = result.position
        return result

    def run(self) -> tuple[list[str], list[str]]:
        """The lines of context, and those that are new."""
        result = self.read()
        assert result.error is None
        lines = result.stdout.text.splitlines()
        return lines[: result.stdout.context_lines], lines[result.stdout.context_lines :]

    def new(self) -> list[str]:
        return self.run()[1]


def write(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def behind(log: Path, number: int) -> Path:
    """A rotated file by the name that logrotate gives."""
    return Path(f"{log}.{number}")


def before_extension(log: Path, number: int) -> Path:
    """By the name that logging frameworks give."""
    return log.with_name(f"{log.stem}-{number}{log.suffix}")


def rotate(log: Path, *, pack: bool = False, named: Named = behind) -> None:
    """As logrotate does, with `compress` or without."""
    for number in range(8, 0, -1):
        for ending in ("", ".gz"):
            old = Path(f"{named(log, number)}{ending}")
            if old.exists():
                old.rename(f"{named(log, number + 1)}{ending}")
    log.rename(named(log, 1))
    log.touch()
    if pack:
        gzip_file(named(log, 1))


def gzip_file(path: Path) -> None:
    """As gzip does: the packed file is another one, as old as the one that it replaces."""
    packed = Path(f"{path}.gz")
    with path.open("rb") as plain, gzip.open(packed, "wb") as file:
        shutil.copyfileobj(plain, file)
    shutil.copystat(path, packed)
    path.unlink()


def busybox(folder: Path) -> str:
    """A PATH of nothing but its programs."""
    program = shutil.which("busybox")
    require(program is not None, "no busybox (Debian: busybox-static)")
    subprocess.run([str(program), "--install", "-s", folder], check=True)
    return str(folder)


class Written:
    """What a program wrote, some of it twice, into a log that is rotated in every way."""

    HALF = "part "

    def __init__(self, log: Path, padding: str = "", named: Named = behind) -> None:
        self.log, self._padding = log, padding
        self._named = named
        self.lines: list[str] = []
        self._half = ""
        self._number = 0

    def do(self, step: str, amount: int | None) -> None:
        if step == "write":
            for _ in range(amount or 0):
                self._write(f"line {self._number // 2}")
        elif step == "half":
            self._half += self.HALF
            with self.log.open("a") as file:
                file.write(self.HALF)
        else:
            self._end()
            if step == "copy":
                self._copy()
            elif step in ("rotate", "pack"):
                rotate(self.log, pack=step == "pack", named=self._named)
            self._write(f"first of {self._number}")

    def _write(self, line: str) -> None:
        self._number += 1
        line += self._padding
        self.lines.append(self._half + line)
        self._half = ""
        write(self.log, line)

    def _end(self) -> None:
        if self._half:
            self._write("end")

    def _copy(self) -> None:
        rotate(self.log, named=self._named)
        rotated = self._named(self.log, 1)
        # The copy is another file, and the one that was emptied goes on under its name.
        shutil.copy2(rotated, self.log)
        os.truncate(rotated, 0)
        swap = self.log.with_name("swap")
        rotated.rename(swap)
        self.log.rename(rotated)
        swap.rename(self.log)
