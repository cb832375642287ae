"""One question to an HTTP server, and in a sentence what is wrong with it.

The standard library's client, as it does nothing by itself: it takes no proxy and no login from
the environment and follows no redirect, which could lead a secret to another host.
"""

import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

_CONNECT_SECONDS = 10.0
_BLOCK_BYTES = 1 << 18
_MESSAGE_BYTES, _MESSAGE_CHARS = 8192, 300
_TROUBLE = (OSError, HTTPException, ValueError)
# As an address may have them; what else was typed is quoted for it.
_SAFE = "!$%&'()*+,/:;=?@[]~"
_ALWAYS = {
    "User-Agent": "AI-Log-Monitor",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_MEANINGS = {
    400: "did not take the query",
    401: "asks for another login",
    403: "does not allow this login to read it",
    404: "does not know this address",
    405: "does not take such a request",
    413: "found the query too large",
    429: "has had too many requests",
}


class HttpTrouble(Exception):
    """It cannot be read; the text is a sentence."""


class Client:
    """Asks one server within the time left; `cut` ends it from another thread."""

    def __init__(
        self, url: str, headers: Mapping[str, str], ca_file: str | None, deadline: float
    ) -> None:
        """`deadline` by the monotonic clock."""
        self.shown = url.partition("?")[0]
        self._headers = {**_ALWAYS, **headers}
        self._ca_file = ca_file
        self._deadline = deadline
        self._socket: socket.socket | None = None

    def ask(self, url: str, body: str | None = None) -> Iterator[bytes]:
        """The body of the answer, as it comes; a GET where nothing is sent. Raises HttpTrouble."""
        try:
            with closing(self._connection(url)) as connection:
                yield from self._conversation(connection, url, body)
        except _TROUBLE as problem:
            raise HttpTrouble(self._why(problem)) from problem

    def cut(self) -> None:
        """Let a thread that waits for the server go on to its end."""
        if self._socket:
            with suppress(OSError):
                # Not its own method, which for TLS would first wait for what is under way.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _connection(self, url: str) -> HTTPConnection:
        parts, seconds = urlsplit(url), min(_CONNECT_SECONDS, self._left())
        if parts.scheme == "http":
            return HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
        trust = ssl.create_default_context(cafile=self._ca_file)
        return HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds, context=trust)

    def _conversation(
        self, connection: HTTPConnection, url: str, body: str | None
    ) -> Iterator[bytes]:
        connection.connect()
        self._socket = connection.sock
        self._socket.settimeout(self._left())
        sent = None if body is None else body.encode()
        headers = {name: value.encode() for name, value in self._headers.items()}
        if sent is not None:
            headers = {"Content-Type": b"application/json"} | headers
        connection.request("GET" if sent is None else "POST", _target(url), sent, headers)
        with closing(connection.getresponse()) as response:
            self._refuse(response)
            yield from self._blocks(response)

    def _refuse(self, response: HTTPResponse) -> None:
        if response.status >= 300:
            raise HttpTrouble(self._of_status(response))
        if response.getheader("Content-Encoding", "identity") != "identity":
            raise HttpTrouble(f"{self.shown} sent a compressed answer, which nobody had asked for")

    def _blocks(self, response: HTTPResponse) -> Iterator[bytes]:
        # Counted here, as read1 of older versions of this library does not, and waits for more.
        length, read = response.length, 0
        while length is None or read < length:
            self._socket.settimeout(self._left())  # type: ignore[union-attr]
            size = _BLOCK_BYTES if length is None else min(_BLOCK_BYTES, length - read)
            block = response.read1(size)
            if not block:
                break
            read += len(block)
            yield block
        if length is not None and read < length:
            raise HttpTrouble(f"{self.shown} broke its answer off after {read:,} bytes")

    def _left(self) -> float:
        """At least a moment, since no time at all would mean not to wait for what is there."""
        return max(0.01, self._deadline - time.monotonic())

    def _of_status(self, response: HTTPResponse) -> str:
        status = response.status
        if 300 <= status < 400:
            place = response.getheader("Location", "elsewhere").partition("?")[0]
            return f"{self.shown} redirects to {place}, which is not followed: write that address"
        meaning = _MEANINGS.get(status, "failed")
        wait = response.getheader("Retry-After") if status in (429, 503) else None
        said = _message(b"".join(self._first_bytes(response)))
        parts = [f"{self.shown} {meaning} ({status})", wait and f"try again after {wait} s", said]
        return ": ".join(part for part in parts if part)

    def _first_bytes(self, response: HTTPResponse) -> Iterator[bytes]:
        size = 0
        with suppress(*_TROUBLE, HttpTrouble):  # what came until then is all that it said
            for block in self._blocks(response):
                yield block
                if (size := size + len(block)) > _MESSAGE_BYTES:
                    return

    def _why(self, problem: Exception) -> str:
        place = urlsplit(self.shown).netloc
        if isinstance(problem, ssl.SSLError):
            return f"no safe connection to {place}: {_of_tls(problem)}"
        if isinstance(problem, socket.gaierror):
            return f"the name {urlsplit(self.shown).hostname} is not known: {problem.strerror}"
        if isinstance(problem, TimeoutError):
            return f"{place} did not answer in time"
        if isinstance(problem, ConnectionRefusedError):
            return f"{place} refused the connection: nothing listens there"
        if isinstance(problem, FileNotFoundError | PermissionError | IsADirectoryError):
            return f"cannot read the CA file {self._ca_file}: {problem.strerror}"
        if isinstance(problem, ConnectionError):
            return f"{place} closed the connection before its answer was whole"
        if isinstance(problem, HTTPException):
            return f"what answers at {place} does not speak HTTP as it should"
        return f"{place} cannot be read: {problem}"


def _target(url: str) -> str:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe=_SAFE)


def _of_tls(problem: ssl.SSLError) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({problem.verify_message.rstrip('.')})"
    if problem.reason in ("NO_CERTIFICATE_OR_CRL_FOUND", "PEM_LIB") or "PEM" in str(problem):
        return "the CA file holds no certificate"
    return (problem.reason or "the handshake failed").replace("_", " ").lower()


def _message(data: bytes) -> str:
    """What the server itself says is wrong, on one line; a page for people says nothing."""
    text = data[:_MESSAGE_BYTES].decode("utf-8", "replace").strip()
    with suppress(ValueError, RecursionError):
        text = _sentence_in(json.loads(text)) or text
    line = "" if text.startswith("<") else " ".join(text.split())
    return line if len(line) <= _MESSAGE_CHARS else f"{line[:_MESSAGE_CHARS]}…"


def _sentence_in(answer: Any) -> str:
    """Where services put it: `message`, `error`, or the `reason` within that."""
    while isinstance(answer, dict):
        names = ("reason", "message", "error", "detail")
        answer = next((answer[name] for name in names if answer.get(name)), None)
    return answer if isinstance(answer, str) else ""
