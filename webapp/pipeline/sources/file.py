import os
import stat
import time

from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec, Tail


def read_file(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """The end of the regular file that `config["path"]` names, symbolic links followed.

    Only the last `keep_bytes` are read, whatever its size; a file that grows meanwhile is read
    as it was when opened.
    """
    started = time.monotonic()
    path = spec.config["path"]
    tail, error = Tail("", 0, 0), None
    try:
        tail = _read_tail(path, limits.keep_bytes)
    except OSError as problem:
        error = f"cannot read {path}: {problem.strerror}"
    duration_ms = round((time.monotonic() - started) * 1000)
    return CommandResult(None, duration_ms, tail, "", error)


def _read_tail(path: str, keep_bytes: int) -> Tail:
    # Non-blocking, or opening a FIFO would wait for its writer before anyone can see what it is.
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, f"it is {_kind(status.st_mode)}, not a regular file")
        skipped = max(0, status.st_size - keep_bytes)
        os.lseek(fd, skipped, os.SEEK_SET)
        keeper = TailKeeper(keep_bytes, skipped_bytes=skipped)
        left = keep_bytes
        while left and (data := os.read(fd, left)):
            keeper.feed(data)
            left -= len(data)
        return keeper.tail()
    finally:
        os.close(fd)


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
