"""Faults as programs print them, in the form of the log that they are put into."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random

from webapp.pipeline.masking import masks

_LEVEL = re.compile(r"\b(?:INFO|info|Info|notice|NOTICE|WARN|DEBUG|error|ERROR|warn)\b")
_WORST = {"INFO": "ERROR", "NOTICE": "ERROR", "WARN": "ERROR", "DEBUG": "ERROR", "Info": "Error"}
_END = re.compile(r"\] - |\] (?!-)|: | - ")
_LONGEST_HEAD = 200
# Of a burst, at most such a part of the window is the fault.
MOST_OF_WINDOW = 4

# As they were printed by databases, kernels, proxies, runtimes and queues. `{n}`: a number.
_DECLARED = (
    "database is locked after {n} attempts, giving up",
    "pq: deadlock detected, process {n} waits for ShareLock",
    "remaining connection slots are reserved for superuser connections",
    "panic: runtime error: invalid memory address or nil pointer dereference",
    "java.lang.OutOfMemoryError: Java heap space",
    "Uncaught TypeError: Cannot read properties of undefined (reading 'id')",
    "NameNode is in safe mode; {n} blocks are missing",
    "certificate has expired: notAfter=Jan {n} 2026 GMT",
    "Too many open files: accept4 failed, fd {n}",
    "checksum mismatch in segment {n}: expected 9f3c got 11d2",
)
_KERNEL = (
    "Out of memory: Killed process {n} (java) total-vm:{n}kB, anon-rss:{n}kB",
    "EXT4-fs error (device sda1): ext4_find_entry: inode #{n}: reading directory lblock 0",
    "BUG: soft lockup - CPU#3 stuck for {n}s! [kworker/3:1:{n}]",
    "worker[{n}]: segfault at 0 ip 00007f3a sp 00007ffc error 4 in libc-2.31.so",
    "blk_update_request: I/O error, dev sdb, sector {n}",
    "write /var/lib/data/{n}.wal: No space left on device",
)
_BURSTS = (
    "connect to 10.0.3.{n}:5432 failed: Connection refused",
    "request {n} timed out after 30000 ms",
    "could not resolve host db-{n}.internal: Name or service not known",
    "process {n} exited with code 137, restarting",
    "upstream returned 502 Bad Gateway for /checkout/{n}",
    "replica {n} lost quorum, stepping down",
)
_TRACES = (
    (
        "unhandled exception in worker {n}",
        "Traceback (most recent call last):",
        '  File "/srv/app/jobs.py", line {n}, in run',
        "    total += order.price * order.count",
        "TypeError: unsupported operand type(s) for *: 'NoneType' and 'int'",
    ),
    (
        "Exception in thread pool-{n}-thread-1",
        "java.lang.IllegalStateException: ledger is closed",
        "\tat org.example.ledger.Writer.append(Writer.java:{n})",
        "\tat org.example.ledger.Ledger.commit(Ledger.java:{n})",
        "Caused by: java.io.IOException: Stream closed",
    ),
)

Window = Sequence[str]


def declared(head: str, window: Window, history: Window, chance: Random) -> list[str]:
    """An error that calls itself one, once to three times."""
    message = chance.choice(_DECLARED)
    return [_grave(head) + _filled(message, chance) for _ in range(chance.randint(1, 3))]


def kernel(head: str, window: Window, history: Window, chance: Random) -> list[str]:
    """What ends a service, on one line that declares nothing."""
    return [head + _filled(chance.choice(_KERNEL), chance)]


def burst(head: str, window: Window, history: Window, chance: Random) -> list[str]:
    """One thing that goes wrong again and again, and declares nothing."""
    message = chance.choice(_BURSTS)
    times = chance.randint(3, max(3, len(window) // MOST_OF_WINDOW))
    return [head + _filled(message, chance) for _ in range(times)]


def trace(head: str, window: Window, history: Window, chance: Random) -> list[str]:
    """An exception with its stack."""
    first, *rest = (_filled(line, chance) for line in chance.choice(_TRACES))
    return [_grave(head) + first, *rest]


def stuck(head: str, window: Window, history: Window, chance: Random) -> list[str]:
    """A kind of line that comes now and then, for half of a window: something loops."""
    counts = Counter(masks(history))
    kinds = list(masks(history))
    rare = [line for line, kind in zip(history, kinds, strict=True) if 2 <= counts[kind] <= 8]
    line = chance.choice(rare or list(history))
    return [line] * (len(window) // 2)


FAULTS: Mapping[str, Callable[[str, Window, Window, Random], list[str]]] = {
    "declared error": declared,
    "kernel": kernel,
    "burst": burst,
    "stack trace": trace,
    "stuck loop": stuck,
}


def head_of(line: str) -> str:
    """What stands before the message: time, host, program, level."""
    level = _LEVEL.search(line, 0, _LONGEST_HEAD)
    start = level.end() if level else 0
    end = _END.search(line, start, start + _LONGEST_HEAD)
    if end:
        return line[: end.end()]
    return line[:start] + " " if level else ""


def _grave(head: str) -> str:
    return _LEVEL.sub(lambda level: _WORST.get(level[0], "error"), head, count=1)


def _filled(message: str, chance: Random) -> str:
    return re.sub(r"\{n\}", lambda _: str(chance.randint(2, 254)), message)
