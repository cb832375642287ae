"""LM Studio's REST API v0: what a model that is loaded reads, and not what it was trained for."""

from collections.abc import Mapping
from typing import Any

from .catalogue import Asking, Catalogue, NotTold, entries, tokens


def told_elsewhere(server: Asking, listed: Mapping[str, Mapping[str, Any]]) -> Catalogue | None:
    try:
        models = entries(server.get("/api/v0/models", beside=True), "data", "id")
    except NotTold:
        return None
    loaded = {name: tokens(one.get("loaded_context_length")) for name, one in models.items()}
    return Catalogue({name: loaded.get(name) for name in listed})
