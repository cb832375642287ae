"""A command that prints 1 GB, through hosts.run and through `tail | tail`, in alternating pairs.

`python -m benchmarks.gather`; exit status 1 where it falls short of either goal.
"""

import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from webapp.pipeline.hosts import run
from webapp.pipeline.values import Host

BYTES = 1 << 30
ROUNDS = 7
LEAST_RATIO = 0.8
MOST_GROWTH_MB = 8.0
KEEP_BYTES = 64 << 10

_FILE_BYTES = 16 << 20
_LINE = (
    b"2026-01-01T00:00:00Z web-1 app[4242]: INFO request handled path=/api/items status=200 ms=12\n"
)


def main() -> int:
    """Compare, print, and return the exit status."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        # In small parts: a peak of our own making would hide the growth that we look for.
        log.writelines(_LINE for _ in range(_FILE_BYTES // len(_LINE)))
        log.flush()
        log.truncate(_FILE_BYTES)
        # A small file again and again stays in the cache, so that the producer is not the limit.
        command = "cat" + f" {shlex.quote(log.name)}" * (BYTES // _FILE_BYTES)
        _by_peer(command)
        before = _peak_memory_mb()
        pairs = [(_by_us(command), _by_peer(command)) for _ in range(ROUNDS)]
        growth = _peak_memory_mb() - before
    return _report(pairs, growth)


def _by_us(command: str) -> float:
    started = time.perf_counter()
    result = run(Host("local"), command, timeout_seconds=120, keep_bytes=KEEP_BYTES)
    seconds = time.perf_counter() - started
    if result.error or result.stdout.total_bytes != BYTES:
        sys.exit(f"the command failed: {result.error}, {result.stdout.total_bytes} bytes")
    return seconds


def _by_peer(command: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        ["/bin/sh", "-c", f"{command} | tail -n 500 | tail -c 8000"],
        stdout=subprocess.PIPE,
        check=True,
    )
    return time.perf_counter() - started


def _peak_memory_mb() -> float:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    if match is None:
        sys.exit("this kernel does not tell the peak memory")
    return int(match[1]) / 1024


def _report(pairs: list[tuple[float, float]], growth: float) -> int:
    ours, peers = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    ratio = statistics.median(peer / our for our, peer in pairs)
    print(f"hosts.run      {BYTES / ours / 1e6:8.0f} MB/s  (median of {len(pairs)})")
    print(f"tail | tail    {BYTES / peers / 1e6:8.0f} MB/s")
    print(f"ratio          {ratio:8.2f}       goal >= {LEAST_RATIO}")
    print(f"peak memory    {growth:+8.1f} MB    goal <= {MOST_GROWTH_MB:g} MB")
    return 0 if ratio >= LEAST_RATIO and growth <= MOST_GROWTH_MB else 1


if __name__ == "__main__":
    sys.exit(main())
