"""OpenAI, and whatever speaks its protocol: of that, vLLM says what its models read at once."""

from webapp.pipeline.values import LlmSettings

from . import llama_cpp, lm_studio, ollama
from .catalogue import Address, Asking, Catalogue, entries, tokens

# Others that list their models so too, and tell the rest elsewhere: a new one is a file and a word.
ELSEWHERE = (llama_cpp, lm_studio, ollama)


def address(settings: LlmSettings) -> Address | None:
    key = (("Authorization", f"Bearer {settings.openai_api_key or 'none'}"),)
    if settings.openai_base_url:
        return Address(settings.openai_base_url, key)
    if settings.openai_api_key:
        return Address("https://api.openai.com/v1", key, own=False)
    return None


def read(server: Asking) -> Catalogue:
    listed = entries(server.get("/models"), "data", "id")
    contexts = {name: tokens(one.get("max_model_len")) for name, one in listed.items()}
    kinds = ELSEWHERE if server.own and not any(contexts.values()) else ()
    found = (kind.told_elsewhere(server, listed) for kind in kinds)
    return next(filter(None, found), Catalogue(contexts))
