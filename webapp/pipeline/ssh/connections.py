"""One connection to each machine, which all commands of this process there share.

Its master is a client that does nothing else. What is wrong with the way there is thus said by it,
and never mixed with what commands say. A command that finds no room on it, or finds it gone just
now, is given a connection of its own by the client, under the same rules.
"""

import fcntl
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from webapp.pipeline import warden
from webapp.pipeline.ssh.client import CONNECT_SECONDS, ssh
from webapp.pipeline.ssh.trouble import Trouble, no_client, trouble_of
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import SshHost

# What a server of OpenSSH's carries on one connection, unless it is told otherwise (MaxSessions).
SESSIONS = 10
IDLE_SECONDS = 300
# With the names looked up, jump hosts passed and keys tried.
_ALL_SECONDS = 3 * CONNECT_SECONDS
_LOOK_SECONDS = 0.01
_KEPT_BYTES = 1 << 16
_END_SECONDS = 2
# It begins once it is held by the life-line.
_GATE = 'read -r _ || exit; exec "$@" </dev/null'
_PREFIX = "ai-log-monitor-ssh-"
# A socket's path may have 107 bytes, and the client adds 17 to it while it begins.
_LONGEST = 60


@contextmanager
def connected(host: SshHost, env: Mapping[str, str], seconds: float) -> Iterator[Path]:
    """The socket of the connection to it. Raises Trouble, within `seconds`."""
    with _used(host, env, seconds) as connection:
        yield connection.path


@contextmanager
def forwarded(host: SshHost, path: str, env: Mapping[str, str], seconds: float) -> Iterator[Path]:
    """A socket here that leads to the one which `path` names there. Raises Trouble."""
    with _used(host, env, seconds) as connection:
        yield connection.forwarded(path)


@contextmanager
def _used(host: SshHost, env: Mapping[str, str], seconds: float) -> "Iterator[_Connection]":
    deadline = time.monotonic() + seconds
    connection = _pool.to(host)
    if not connection.room.acquire(timeout=seconds):
        raise Trouble(f"{SESSIONS} other commands ran on {host.name} all the time")
    try:
        connection.be_up(env, deadline)
        yield connection
    finally:
        connection.used_at = time.monotonic()
        connection.room.release()


class _Connection:
    def __init__(self, host: SshHost, socket: Path) -> None:
        self.room = threading.BoundedSemaphore(SESSIONS)
        self.used_at = time.monotonic()
        self.path = socket
        self._host = host
        self._lock = threading.Lock()
        self._attempt: Future[None] | None = None
        self._master: subprocess.Popen[bytes] | None = None
        self._forwarded: dict[str, Path] = {}

    def be_up(self, env: Mapping[str, str], deadline: float) -> None:
        """Raises Trouble."""
        try:
            self._attempt_of_all(env).result(max(0, deadline - time.monotonic()))
        except TimeoutError:
            raise Trouble(f"{self._host.name} did not let us in before the time was over") from None
        except Trouble as trouble:
            raise Trouble(str(trouble), key=trouble.key) from None

    def forwarded(self, path: str) -> Path:
        """Raises Trouble."""
        with self._lock:
            if path not in self._forwarded:
                here = self.path.with_name(f"{self.path.name}.{len(self._forwarded)}")
                here.unlink(missing_ok=True)
                _ask_master(self._host, self.path, "forward", "-L", f"{here}:{path}")
                self._forwarded[path] = here
            return self._forwarded[path]

    def end_if_idle(self) -> bool:
        """Whether it is gone, or nobody has used it for long and it is ended."""
        with self._lock:
            if self._attempt is not None and not self._attempt.done():
                return False
            if self._is_up() and time.monotonic() < self.used_at + IDLE_SECONDS:
                return False
            self._end()
            return True

    def _attempt_of_all(self, env: Mapping[str, str]) -> Future[None]:
        """The attempt that is under way, or has led to a connection; else a new one."""
        with self._lock:
            attempt = self._attempt
            if attempt is None or (attempt.done() and not self._is_up()):
                self._end()
                attempt = self._attempt = Future()
                run = (attempt, env)
                threading.Thread(target=self._connect, args=run, name="ssh", daemon=True).start()
            return attempt

    def _is_up(self) -> bool:
        return self._master is not None and self._master.poll() is None and self.path.exists()

    def _connect(self, attempt: Future[None], env: Mapping[str, str]) -> None:
        try:
            master = self._begin(env)
        except OSError as problem:
            self._end()
            attempt.set_exception(no_client(problem))
            return
        with _open(master.stderr) as pipe:
            try:
                self._await(pipe)
            except Trouble as trouble:
                attempt.set_exception(trouble)
                return
            attempt.set_result(None)
            _drain(pipe)
        master.wait()

    def _begin(self, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        options = ("-v", "-M", "-N", "-S", str(self.path))
        self._master = master = subprocess.Popen(  # noqa: S603 - every part of it is validated
            ["/bin/sh", "-c", _GATE, "/bin/sh", *ssh(self._host, *options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env=env,
            start_new_session=True,
        )
        warden.hold(master.pid)
        with suppress(BrokenPipeError):  # somebody has killed it
            _open(master.stdin).write(b"\n")
        _open(master.stdin).close()
        return master

    def _await(self, pipe: IO[bytes]) -> None:
        """Until the socket is there, which is once it was let in. Raises Trouble."""
        said = TailKeeper(_KEPT_BYTES)
        deadline = time.monotonic() + _ALL_SECONDS
        while not self._is_up():
            late = time.monotonic() > deadline
            ready, _, _ = select.select([pipe], [], [], _LOOK_SECONDS)
            if late or (ready and said.read_from(pipe.fileno()) == 0):
                self._end()
                raise trouble_of(self._host, said.tail().text, late=late)

    def _end(self) -> None:
        if self._master is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._master.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._master.wait(_END_SECONDS)
                break
        warden.let_go(self._master.pid)
        self._master = None
        self._forwarded.clear()
        self.path.unlink(missing_ok=True)


class _Pool:
    """The connections of this process, and their folder, which is nobody else's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: dict[SshHost, _Connection] = {}
        self._folder: Path | None = None
        self._names = 0

    def to(self, host: SshHost) -> _Connection:
        with self._lock:
            self._end_idle(host)
            if host not in self._connections:
                self._names += 1
                self._connections[host] = _Connection(host, self._home() / str(self._names))
            return self._connections[host]

    def _end_idle(self, wanted: SshHost) -> None:
        for host, connection in list(self._connections.items()):
            if host != wanted and connection.end_if_idle():
                del self._connections[host]

    def _home(self) -> Path:
        if self._folder is None or not self._folder.is_dir():
            parent = tempfile.gettempdir()
            parent = parent if len(os.fsencode(parent)) < _LONGEST else "/tmp"  # noqa: S108
            _sweep(Path(parent))
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            _lock_for_life(self._folder)
        return self._folder


def _lock_for_life(folder: Path) -> None:
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)


def _sweep(parent: Path) -> None:
    """Remove what processes left that were killed: their locks are free."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another user's, or one that is just made
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _ask_master(host: SshHost, socket: Path, *words: str) -> None:
    """Without any configuration, or what else it has to forward would be asked for too."""
    try:
        done = subprocess.run(  # noqa: S603 - every part of it is validated
            ["ssh", "-F", "none", "-S", str(socket), "-O", *words, "--", host.name],  # noqa: S607 - the user's own
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CONNECT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Trouble(f"the connection to {host.name} does not answer") from None
    if done.returncode:
        raise trouble_of(host, done.stderr.decode(errors="replace"))


def _drain(pipe: IO[bytes]) -> None:
    """Read what it says of every command, which else would hold it up, until it is gone."""
    while pipe.read(_KEPT_BYTES):
        pass


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "it was begun with one"
    return pipe


def _begin_anew() -> None:
    """A fork leaves the connections to its parent, whose they are."""
    global _pool
    _pool = _Pool()


_pool = _Pool()
os.register_at_fork(after_in_child=_begin_anew)
