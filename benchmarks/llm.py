"""A server that speaks OpenAI's protocol and answers every question after a while.

`python -m benchmarks.llm SECONDS` prints its address and serves until its standard input ends.
It does as little as it can, so that its time is not counted to those who ask. GET tells how
many questions wait.
"""

import asyncio
import json
import re
import sys

LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
VERDICT = {
    "findings": [{"severity": "warn", "explanation": "A request was slow.", "lines": [2, 3]}],
    "status": "warn",
    "summary": "One request was slow.",
    "report": "Line 2 took longer than the rest.",
    "recommendations": ["Look at the database."],
}
ANSWER = {
    "id": "answer",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "benchmark",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": json.dumps(VERDICT)},
        }
    ],
    "usage": {"prompt_tokens": 900, "completion_tokens": 80, "total_tokens": 980},
}
BACKLOG = 4096


class Server:
    """`waiting`: how many questions are not answered yet."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.waiting = 0

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda: Connection(self), "127.0.0.1", 0, backlog=BACKLOG
        )
        address = listening.sockets[0].getsockname()
        print(f"http://{address[0]}:{address[1]}/v1", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)


class Connection(asyncio.Protocol):
    """One that asks, gets its answer, and asks again."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._read = b""
        self._asks = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or len(body) < int(length[1] if length else 0):
            return
        self._read = b""
        if head.startswith(b"GET"):
            self._send(json.dumps(self._server.waiting).encode())
            return
        self._asks = True
        self._server.waiting += 1
        asyncio.get_running_loop().call_later(self._server.seconds, self._answer)

    def connection_lost(self, _problem: Exception | None) -> None:
        self._done()

    def _answer(self) -> None:
        self._done()
        if not self._transport.is_closing():
            self._send(json.dumps(ANSWER).encode())

    def _done(self) -> None:
        self._server.waiting -= self._asks
        self._asks = False

    def _send(self, body: bytes) -> None:
        kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        self._transport.write(kind + b"Content-Length: %d\r\n\r\n" % len(body) + body)


if __name__ == "__main__":
    asyncio.run(Server(float(sys.argv[1])).serve())
