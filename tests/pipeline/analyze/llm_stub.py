"""A real HTTP server that speaks OpenAI's protocol, and misbehaves as it is told."""

import json
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Mapping[str, str], bytes]

GOOD = {
    "findings": [{"severity": "alert", "explanation": "The disk is full.", "lines": [2]}],
    "status": "alert",
    "summary": "The disk is full.",
    "report": "Line 2 says so.",
    "recommendations": ["Free some space."],
}


class Stub:
    """Answers with `script` in order, its last entry again and again; keeps what it was asked."""

    def __init__(self, *script: Reply, trust: ssl.SSLContext | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[Message] = []
        self.paths: list[str] = []
        self.released = threading.Event()
        self._script = script
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._scheme = "https" if trust else "http"
        if trust:
            self._server.socket = trust.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "Stub":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self) -> Reply:
        """What the request that came last is answered with."""
        return self._script[min(len(self.asked), len(self._script)) - 1]

    def _handler(stub) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stub.asked.append(json.loads(body))
                stub.headers.append(self.headers)
                stub.paths.append(self.path)
                reply = stub.reply()
                if reply is SILENT:
                    stub.released.wait()
                    return
                self._send(*reply)

            def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(OSError):  # the client had enough
                    if "Dripping" not in headers:
                        self.wfile.write(body)
                    for byte in body if "Dripping" in headers else b"":
                        self.wfile.write(bytes([byte]))
                        stub.released.wait(0.2)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


SILENT: Reply = (0, {}, b"")


def dripping(reply: Reply) -> Reply:
    """The same, but a byte now and then, so that no single read takes long."""
    status, headers, body = reply
    return status, {**headers, "Dripping": "yes"}, body


def says(content: str | None, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    """An answer of the model."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    answer = {
        "id": "answer-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "test-model",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
    return 200, {}, json.dumps(answer).encode()


def good(**changes: object) -> Reply:
    return says(json.dumps({**GOOD, **changes}))


def fails(status: int, message: str = "no", **headers: str) -> Reply:
    """An error of the server; underscores in header names read as dashes."""
    body = json.dumps({"error": {"message": message, "type": "test", "code": None}})
    return status, {k.replace("_", "-"): v for k, v in headers.items()}, body.encode()
