"""Ollama: docs/api.md. Only a model that is in memory has a context, which `/api/ps` tells."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from webapp.pipeline.values import LlmSettings

from .catalogue import Address, Asking, Catalogue, NotTold, entries, tokens


def address(settings: LlmSettings) -> Address | None:
    return Address(settings.ollama_base_url) if settings.ollama_base_url else None


def read(server: Asking) -> Catalogue:
    listed = entries(server.get("/api/tags", beside=True), "models", "name")
    found = told_elsewhere(server, listed)
    return found or Catalogue(dict.fromkeys(listed), wakes=True)


def told_elsewhere(server: Asking, listed: Mapping[str, Mapping[str, Any]]) -> Catalogue | None:
    with suppress(NotTold):
        loaded = entries(server.get("/api/ps", beside=True), "models", "name")
        contexts = {name: tokens(one.get("context_length")) for name, one in loaded.items()}
        return Catalogue({name: contexts.get(name) for name in listed}, wakes=True)
    return None


def wake(server: Asking, name: str) -> None:
    """Have it put the model into memory, as a question does too: one without a prompt does only
    that. Raises NotTold."""
    server.post("/api/generate", {"model": name, "stream": False}, beside=True)
