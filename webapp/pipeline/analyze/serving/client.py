"""One small question to a server: bounded in time and size, and by the way that models are asked.

A module of its own, as the library is loaded when a server is first asked.
"""

import json
import time
from typing import Any

import httpx2

from .catalogue import Address, NotTold

MOST_BYTES = 1_000_000


class Client:
    """Asks one server until `ends_at`, by the monotonic clock; redirects are not followed."""

    def __init__(self, address: Address, ends_at: float) -> None:
        self.own = address.own
        self._address, self._ends_at = address, ends_at

    def get(self, path: str, *, beside: bool = False) -> Any:
        """What it answers to a GET, as JSON. `beside`: beside its `/v1`. Raises NotTold."""
        return self._answer("GET", path, beside, None)

    def post(self, path: str, body: dict[str, Any], *, beside: bool = False) -> Any:
        return self._answer("POST", path, beside, body)

    def _answer(self, method: str, path: str, beside: bool, body: dict[str, Any] | None) -> Any:
        try:
            return json.loads(self._read(method, self._at(path, beside), body))
        except (httpx2.TimeoutException, TimeoutError) as late:
            raise NotTold("it gave no answer in time") from late
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as problem:
            raise NotTold("it cannot be reached") from problem
        except (ValueError, RecursionError) as problem:
            raise NotTold("it answered with no JSON") from problem

    def _at(self, path: str, beside: bool) -> httpx2.URL:
        url = httpx2.URL(self._address.url)
        base = url.path.rstrip("/")
        base = base.removesuffix("/v1") if beside else base
        path, _, query = path.partition("?")
        return url.copy_with(path=f"{base}{path}", query=query.encode() or None)

    def _read(self, method: str, url: httpx2.URL, body: dict[str, Any] | None) -> bytes:
        headers = {**dict(self._address.headers), "Accept-Encoding": "identity"}
        client = httpx2.Client(timeout=max(0.01, self._left()))
        with client, client.stream(method, url, headers=headers, json=body) as response:
            if response.status_code != httpx2.codes.OK:
                raise NotTold(f"it answered {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise NotTold("it sent a compressed answer, which nobody had asked for")
            return self._whole(response)

    def _whole(self, response: httpx2.Response) -> bytes:
        read = bytearray()
        for block in response.iter_raw():
            read += block
            if len(read) > MOST_BYTES:
                raise NotTold("its answer is larger than any list of models")
            if self._left() <= 0:
                raise NotTold("it gave no answer in time")
        return bytes(read)

    def _left(self) -> float:
        return self._ends_at - time.monotonic()
