from webapp.pipeline.values import LlmSettings

from .catalogue import Address, Asking, Catalogue, entries, tokens

_VERSION = "2023-06-01"


def address(settings: LlmSettings) -> Address | None:
    key = settings.anthropic_api_key
    headers = (("x-api-key", key or "none"), ("anthropic-version", _VERSION))
    if settings.anthropic_base_url:
        return Address(f"{settings.anthropic_base_url.rstrip('/')}/v1", headers)
    return Address("https://api.anthropic.com/v1", headers, own=False) if key else None


def read(server: Asking) -> Catalogue:
    """It takes names that it does not list, such as those without a date."""
    listed = entries(server.get("/models?limit=1000"), "data", "id")
    contexts = {name: tokens(one.get("max_input_tokens")) for name, one in listed.items()}
    return Catalogue(contexts, complete=False)
