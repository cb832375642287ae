from webapp.pipeline.values import LlmSettings

from .catalogue import Address, Asking, Catalogue, entries, tokens

_VERSION = "2023-06-01"


def address(settings: LlmSettings) -> Address | None:
    if not settings.anthropic_api_key:
        return None
    headers = (("x-api-key", settings.anthropic_api_key), ("anthropic-version", _VERSION))
    return Address("https://api.anthropic.com/v1", headers, own=False)


def read(server: Asking) -> Catalogue:
    """It takes names that it does not list, such as those without a date."""
    listed = entries(server.get("/models?limit=1000"), "data", "id")
    contexts = {name: tokens(one.get("max_input_tokens")) for name, one in listed.items()}
    return Catalogue(contexts, complete=False)
