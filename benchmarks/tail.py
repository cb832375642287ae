"""The end of a 10 GB file, by the reader of files and by `tail -n 500`, in alternating pairs.

`python -m benchmarks.tail`; exit status 1 where it falls short of the goal. The file is sparse but
for its last 100 MB, which neither of the two leaves, so that no 10 GB must be written first. Ours
is a call in a process that runs, as in a worker; the peer is a process, which it is for whoever
calls it. A second line is that of the next Run, which finds its place again and 500 new lines.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from webapp.pipeline.sources import READERS
from webapp.pipeline.values import GatherLimits, Host, InputSpec

BYTES = 10 << 30
WRITTEN_BYTES = 100 << 20
LINES = 500
ROUNDS = 101
MOST_RATIO = 1.5
# What a Run keeps of an Input for the usual window.
KEEP_BYTES = 64 << 10

_LINE = "2026-01-01T00:00:00Z web-1 app[4242]: INFO request {:09} path=/api/items status=200\n"


def main() -> int:
    """Compare, print, and return the exit status."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        path = Path(file.name)
        _fill(path)
        pairs = [(_by_us(path)[0], _by_peer(path)) for _ in range(ROUNDS)]
        _, position = _by_us(path)
        _append(path, LINES)
        next_runs = [_by_us(path, position)[0] for _ in range(ROUNDS)]
    return _report(pairs, next_runs)


def _fill(path: Path) -> None:
    os.truncate(path, BYTES - WRITTEN_BYTES)
    _append(path, WRITTEN_BYTES // len(_LINE.format(0)))


def _append(path: Path, lines: int) -> None:
    with path.open("a") as file:
        file.writelines(_LINE.format(number) for number in range(lines))


def _by_us(
    path: Path, position: Mapping[str, Any] | None = None
) -> tuple[float, Mapping[str, Any] | None]:
    spec = InputSpec("A", "file", config={"path": str(path)}, position=position)
    limits = GatherLimits(max_workers=1, timeout_seconds=60, keep_bytes=KEEP_BYTES)
    started = time.perf_counter()
    result = READERS["file"](Host("local"), spec, limits)
    seconds = time.perf_counter() - started
    lines = result.stdout.text.count("\n") - result.stdout.context_lines
    if result.error or lines < LINES:
        sys.exit(f"the file was not read: {result.error}, {lines} lines")
    return seconds, result.position


def _by_peer(path: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["tail", "-n", str(LINES), path], stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - started


def _report(pairs: list[tuple[float, float]], next_runs: list[float]) -> int:
    ours, peers = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    ratio = statistics.median(our / peer for our, peer in pairs)
    again = statistics.median(next_runs)
    print(f"our reader     {ours * 1000:8.2f} ms    (median of {ROUNDS}; in a running process)")
    print(f"tail -n {LINES}    {peers * 1000:8.2f} ms    (a process, with its start)")
    print(f"the next Run   {again * 1000:8.2f} ms    (finds its place, {LINES} lines are new)")
    print(f"ratio          {ratio:8.2f}       goal <= {MOST_RATIO}")
    return 0 if ratio <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
