import os
import time

from pydantic import Field

from webapp.fields import Path, Strict
from webapp.pipeline.sources.kind import Kind
from webapp.pipeline.sources.places import open_file
from webapp.pipeline.sources.within import OutOfTimeError, within
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import NOTHING, CommandResult, GatherLimits, Host, InputSpec, Tail


class FileConfig(Strict):
    path: Path = Field(
        title="Path",
        description="Absolute path of a regular file.",
        examples=["/var/log/syslog"],
        json_schema_extra={"offered": "files"},
    )


def read_file(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """The end of the regular file that `config["path"]` names, symbolic links followed.

    Only the last `keep_bytes` are read, whatever its size; a file that grows meanwhile is read
    as it was when opened. A file system that hangs is given up after `timeout_seconds`.
    """
    started = time.monotonic()
    path, seconds = spec.config["path"], limits.timeout_seconds
    try:
        tail, error = within(seconds, lambda: _tail_or_error(path, limits))
    except OutOfTimeError:
        tail, error = NOTHING, f"timed out after {seconds:g} s; {path} could not be read until then"
    duration_ms = round((time.monotonic() - started) * 1000)
    return CommandResult(None, duration_ms, tail, error=error)


def _tail_or_error(path: str, limits: GatherLimits) -> tuple[Tail, str | None]:
    try:
        return _read_tail(path, limits), None
    except (OSError, ValueError) as problem:  # ValueError: a path that no system knows
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        return NOTHING, f"cannot read {path}: {reason}"


def _read_tail(path: str, limits: GatherLimits) -> Tail:
    fd, keep_bytes = open_file(path, limits.log_paths), limits.keep_bytes
    try:
        skipped = max(0, os.fstat(fd).st_size - keep_bytes)
        os.lseek(fd, skipped, os.SEEK_SET)
        keeper = TailKeeper(keep_bytes, skipped_bytes=skipped)
        left = keep_bytes
        while left and (data := os.read(fd, left)):
            keeper.feed(data)
            left -= len(data)
        return keeper.tail()
    finally:
        os.close(fd)


KIND = Kind(
    called="File",
    about="one file",
    on=("local",),
    config=FileConfig,
    read=read_file,
    place=lambda config: str(config["path"]),
)
