"""Servers of models in small, as their documentation has them: what they serve, and a verdict."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.pipeline.analyze.llm_stub import good
from tests.pipeline.http_server import Answering, Reply, Request

# Of a cut window the second line is a notice.
FOUND = {"severity": "alert", "explanation": "The disk is full.", "lines": [2, 5]}
MISSING = Reply(b'{"error": "not found"}', 404)


def told(answer: Any) -> Reply:
    return Reply(json.dumps(answer).encode(), headers={"Content-Type": "application/json"})


def by_path(answers: Mapping[str, Any]) -> Answering:
    """`answers`: by path what is told there; a verdict to all who ask for one."""

    def answer(request: Request) -> Reply:
        path = urlsplit(request.path).path
        if path.endswith("/chat/completions"):
            status, _, body = good(findings=[FOUND])
            return Reply(body, status, {"Content-Type": "application/json"})
        return told(answers[path]) if path in answers else MISSING

    return answer


def vllm(contexts: Mapping[str, Any]) -> Answering:
    cards = [
        {
            "id": name,
            "object": "model",
            "created": 1_700_000_000,
            "owned_by": "vllm",
            "root": name,
            "parent": None,
            "max_model_len": context,
            "permission": [],
        }
        for name, context in contexts.items()
    ]
    return by_path({"/v1/models": {"object": "list", "data": cards}})


def lm_studio(loaded: Mapping[str, int | None]) -> Answering:
    """A model that is not loaded has only what it was trained for."""
    ours = [
        {"id": name, "object": "model", "type": "llm", "max_context_length": 131_072}
        | ({"state": "loaded", "loaded_context_length": context} if context else {})
        for name, context in loaded.items()
    ]
    listed = [{"id": name, "object": "model", "owned_by": "organization_owner"} for name in loaded]
    return by_path(
        {
            "/v1/models": {"object": "list", "data": listed},
            "/api/v0/models": {"object": "list", "data": ours},
        }
    )


class Ollama:
    """It has its models in memory once they are asked, or are to be put there."""

    def __init__(self, *names: str, context: int = 4096) -> None:
        self._names, self._context = names, context
        self.loaded: list[str] = []

    def __call__(self, request: Request) -> Reply:
        if request.path == "/api/tags":
            return told({"models": [self._of(name) for name in self._names]})
        if request.path == "/api/ps":
            each = {"size_vram": 0, "context_length": self._context}
            return told({"models": [self._of(name) | each for name in self.loaded]})
        if request.path == "/api/generate":
            self.loaded.append(json.loads(request.body)["model"])
            return told({"response": "", "done": True, "done_reason": "load"})
        return by_path({})(request)

    def _of(self, name: str) -> dict[str, Any]:
        return {"name": name, "model": name, "size": 5_137_025_024, "details": {}}
