"""llama.cpp's own server, as of 2026: tools/server/README.md."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .catalogue import Asking, Catalogue, NotTold, is_name, tokens

_OWNER = "llamacpp"


def told_elsewhere(server: Asking, listed: Mapping[str, Mapping[str, Any]]) -> Catalogue | None:
    """With one model it takes any name; with several, it does not say what each reads."""
    if any(one.get("owned_by") != _OWNER for one in listed.values()) or not listed:
        return None
    if len(listed) > 1:
        return Catalogue(dict.fromkeys(listed))
    ((name, one),) = listed.items()
    aliases = one.get("aliases")
    names = [name, *filter(is_name, aliases if isinstance(aliases, list) else ())][:20]
    return Catalogue(dict.fromkeys(names, _context(server)), any_name=True)


def _context(server: Asking) -> int | None:
    """That of each slot, which is what one question has."""
    with suppress(NotTold):
        settings = server.get("/props", beside=True)
        usual = settings.get("default_generation_settings") if isinstance(settings, dict) else None
        return tokens(usual.get("n_ctx")) if isinstance(usual, dict) else None
    return None
