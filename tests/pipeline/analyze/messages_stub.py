"""A real HTTP server that speaks Anthropic's Messages API, and misbehaves as it is told."""

import json
from typing import Any

from tests.pipeline.analyze.llm_stub import GOOD, Reply, Stub

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
# What the API insists on in the body.
FIELDS = {"model": str, "max_tokens": int, "messages": list}


class MessagesStub(Stub):
    """Refuses, as Anthropic does, what is asked elsewhere than at `/v1/messages` or in another
    form; else it answers with its script."""

    @property
    def url(self) -> str:
        """The base URL, to which clients add `/v1/messages`."""
        return super().url.removesuffix("/v1")

    def reply(self) -> Reply:
        return self._refusal() or super().reply()

    def _refusal(self) -> Reply | None:
        path, headers, asked = self.paths[-1], self.headers[-1], self.asked[-1]
        if path.partition("?")[0] != "/v1/messages":
            return fails(404, f"no such path: {path}")
        if not (headers["x-api-key"] or headers["Authorization"]):
            return fails(401, "no key")
        missing = [name for name, kind in FIELDS.items() if not isinstance(asked.get(name), kind)]
        if missing or not headers["anthropic-version"]:
            return fails(400, f"missing: {', '.join(missing or ['anthropic-version'])}")
        roles = {one["role"] for one in asked["messages"]}
        return None if roles <= {"user", "assistant"} else fails(400, f"bad roles: {roles}")


def says(content: str | None, *, stop: str = "end_turn", refusal: str | None = None) -> Reply:
    """An answer of the model."""
    answer: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [] if content is None else [{"type": "text", "text": content}],
        "stop_reason": "refusal" if refusal else stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": 20},
    }
    return 200, {}, json.dumps(answer).encode()


def good(**changes: object) -> Reply:
    return says(json.dumps({**GOOD, **changes}))


def fails(status: int, message: str = "no", **headers: str) -> Reply:
    """An error of the server; underscores in header names read as dashes."""
    error = {"type": ERROR_TYPES[status], "message": message}
    body = json.dumps({"type": "error", "error": error, "request_id": "req_1"})
    return status, {k.replace("_", "-"): v for k, v in headers.items()}, body.encode()
