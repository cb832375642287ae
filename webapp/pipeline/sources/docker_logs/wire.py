"""What an engine sends of a container's log, without its frames."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from docker.errors import create_api_error_from_http_exception  # type: ignore[import-untyped]
from requests import HTTPError, Response

from webapp.pipeline.sources.stamped.lines import PIECE_BYTES
from webapp.pipeline.sources.within import OutOfTimeError

_CHUNK_BYTES = 1 << 16
_HEADER_BYTES = 8


def chunks(
    api: Any, container_id: str, params: Mapping[str, Any], deadline: float
) -> Iterator[bytes]:
    # Not container.logs(stream=True): it switches every time-out off, and reads the logs of a
    # container with a terminal byte by byte.
    url = f"{api.base_url}/v{api.api_version}/containers/{container_id}/logs"
    with api.get(url, params=params, stream=True, timeout=api.timeout) as response:
        _raise_for_status(response)
        # read1: what is there, instead of waiting for a whole chunk.
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            yield chunk
            if time.monotonic() > deadline:
                raise OutOfTimeError


def _raise_for_status(response: Response) -> None:
    try:
        response.raise_for_status()
    except HTTPError as problem:
        create_api_error_from_http_exception(problem)


def payloads(sent: Iterable[bytes]) -> Iterator[bytes]:
    """Without the engine's frames: 8 bytes, of which the last 4 are the length, big-endian."""
    header, left, size = b"", 0, 0
    for chunk in sent:
        rest = chunk
        while rest:
            part = rest[: left or _HEADER_BYTES - len(header)]
            rest = rest[len(part) :]
            if left:
                left -= len(part)
                yield part
                # Less than a piece without a line end is what a program printed last.
                if not left and size < PIECE_BYTES and not part.endswith(b"\n"):
                    yield b"\n"
            elif len(header := header + part) == _HEADER_BYTES:
                header, left = b"", int.from_bytes(header[4:], "big")
                size = left
