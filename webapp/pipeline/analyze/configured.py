"""Is the model's configuration complete? It loads no provider's library to tell."""

from collections.abc import Callable

from webapp.pipeline.values import LlmSettings


def check_model(settings: LlmSettings) -> str | None:
    """None if the model can be asked, else the sentence that says what to set. No network."""
    if settings.model == "builtin":
        return None
    provider, _, name = settings.model.partition(":")
    if provider not in NEEDS or not name:
        return (
            f"{settings.model!r} is no known model; LLM_MODEL is `builtin` or a provider and a "
            f"name, such as {', '.join(f'{known}:NAME' for known in NEEDS)}."
        )
    missing = NEEDS[provider](settings)
    return missing and f"{settings.model} needs {missing}."


def _openai(settings: LlmSettings) -> str | None:
    if settings.openai_api_key or settings.openai_base_url:
        return None
    return "OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"


def _anthropic(settings: LlmSettings) -> str | None:
    if settings.anthropic_api_key or settings.anthropic_base_url:
        return None
    return "ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL for a server of your own"


def _ollama(settings: LlmSettings) -> str | None:
    return None if settings.ollama_base_url else "OLLAMA_BASE_URL"


NEEDS: dict[str, Callable[[LlmSettings], str | None]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "ollama": _ollama,
}
