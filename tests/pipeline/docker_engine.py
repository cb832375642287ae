"""A server in the place of a Docker engine, which says whatever it is told to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

# The SDK forgets the socket that it could not connect.
CONNECTS_IN_VAIN = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
Answer = Callable[[socket.socket, bytes], None]
VERSION = b'{"ApiVersion": "1.44", "Version": "27"}'


def says(body: bytes) -> Answer:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    return lambda peer, _: peer.sendall(head + body)


@contextmanager
def engine_at(*answers: Answer) -> Iterator[str]:
    """The URL of an engine that gives these answers, one a connection."""

    def serve() -> None:
        for answer in answers:
            peer, _ = server.accept()
            with peer, suppress(OSError):
                answer(peer, peer.recv(65536))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        thread.join(30)
