"""A real HTTP server for a test, which answers as the test says, and services in small.

Loki and Elasticsearch are as their documentation has them: the range, order, limit and form of
their answers, over as many entries as a test gives them.
"""

import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from webapp.pipeline.sources.http.times import moment_of, rfc3339


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


@dataclass
class Reply:
    """`body` may be blocks that come one after the other; `length` is what is promised."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


Answering = Callable[[Request], Reply]


@dataclass
class Server:
    url: str
    requests: list[Request] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    served: Server
    answer: Answering

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, dict(self.headers), body)
        self.served.requests.append(request)
        with suppress(OSError):  # it was not waited for
            self._send(type(self).answer(request))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.length is not None:
            self.send_header("Content-Length", str(reply.length))
        self.end_headers()
        for block in (reply.body,) if isinstance(reply.body, bytes) else reply.body:
            self.wfile.write(block)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(answer: Answering, trust: ssl.SSLContext | None = None) -> Iterator[Server]:
    served = Server("")
    handler = type("Handler", (_Handler,), {"served": served, "answer": staticmethod(answer)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        if trust:
            listening.socket = trust.wrap_socket(
                listening.socket, server_side=True, do_handshake_on_connect=False
            )
        served.url = f"{'https' if trust else 'http'}://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            listening.shutdown()
            thread.join()


def own_ca(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signed itself, and what a server shows it with."""
    certificate, key = folder / "ca.pem", folder / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}",
        shell=True,
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context


def loki(entries: list[tuple[int, str]], labels: dict[str, str] | None = None) -> Answering:
    """Loki's query_range over these (nanoseconds, line); the end of a range is not in it."""

    def answer(request: Request) -> Reply:
        asked = request.query
        start, end, limit = (int(asked[name]) for name in ("start", "end", "limit"))
        assert asked["direction"] == "backward"
        found = sorted((one for one in entries if start <= one[0] < end), reverse=True)[:limit]
        values = [[str(time), line] for time, line in found]
        result = [{"stream": labels or {"app": "shop"}, "values": values}] if values else []
        data = {"resultType": "streams", "result": result, "stats": {}}
        return Reply(json.dumps({"status": "success", "data": data}).encode())

    return answer


def elasticsearch(documents: list[dict[str, Any]]) -> Answering:
    """_search over documents with an @timestamp: range, order and size; it finds all of them."""

    def answer(request: Request) -> Reply:
        asked = json.loads(request.body)
        (within,) = asked["query"]["bool"]["filter"]
        first, last = (moment_of(within["range"]["@timestamp"][name]) for name in ("gte", "lte"))
        (order,) = asked["sort"]
        assert order["@timestamp"]["order"] == "desc"
        timed = [(moment_of(one["@timestamp"]) or 0, i, one) for i, one in enumerate(documents)]
        found = [one for one in timed if first <= one[0] <= last]  # type: ignore[operator]
        newest = sorted(found, key=lambda one: -one[0])[: asked["size"]]
        hits = [
            {"_index": "logs", "_id": f"d{i}", "_source": one, "sort": [time // 10**6]}
            for time, i, one in newest
        ]
        return Reply(json.dumps({"took": 1, "hits": {"hits": hits}}).encode())

    return answer


def written(time: int) -> str:
    """To the millisecond, as Elasticsearch keeps it."""
    return f"{rfc3339(time)[:23]}Z"
