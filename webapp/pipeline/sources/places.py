"""Which files may be read, and how one is opened so that no other is read in its place."""

import os
import stat

from webapp.pipeline.values import LogPaths

# What the kernel makes up as it is read, and devices.
KERNELS = ("/proc", "/sys", "/dev")

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Non-blocking, or opening a FIFO would wait for its writer before anyone can see what it is.
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC


def open_file(path: str, allowed: LogPaths) -> int:
    """A descriptor of the regular file that `path` leads to, by links too.

    Raises OSError whose `strerror` says why not, and ValueError for a path that no system knows.
    """
    fd = _open(path, allowed)
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode):
        os.close(fd)
        raise OSError(0, f"it is {_kind(mode)}, not a regular file")
    return fd


def open_folder(path: str, allowed: LogPaths) -> int:
    """A descriptor of the folder that `path` leads to. Raises as `open_file` does."""
    fd = _open(path, allowed)
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(0, "it is no folder")
    return fd


def why_closed(real: str, allowed: LogPaths) -> str | None:
    """Why nothing at this path without links may be read; None where it may."""
    for place in (*KERNELS, *allowed.never):
        if _lies_in(real, place):
            return f"lies in {place}, which is never read"
    if allowed.only and not any(_lies_in(real, place) for place in allowed.only):
        return f"does not lie in LOG_PATHS ({', '.join(allowed.only)})"
    return None


def _open(path: str, allowed: LogPaths) -> int:
    real = os.path.realpath(path, strict=True)
    if reason := why_closed(real, allowed):
        raise OSError(0, f"{_subject(path, real)} {reason}")
    return _open_without_links(real)


def _lies_in(real: str, place: str) -> bool:
    folder = os.path.realpath(place)
    return real == folder or real.startswith(folder.rstrip("/") + "/")


def _subject(path: str, real: str) -> str:
    return "it" if os.path.normpath(path) == real else f"it leads to {real}, which"


def _open_without_links(real: str) -> int:
    """Folder by folder: none can be swapped for a link once the path was found to be allowed."""
    *folders, name = real.split("/")[1:]
    at = os.open("/", _FOLDER)
    try:
        for folder in folders:
            below = os.open(folder, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        return os.open(name or ".", _FILE, dir_fd=at)
    finally:
        os.close(at)


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a directory", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
