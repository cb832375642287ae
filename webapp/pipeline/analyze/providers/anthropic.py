import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from webapp.pipeline.values import LlmSettings

BASE_URL = "https://api.anthropic.com"


def model(name: str, settings: LlmSettings, client: httpx2.AsyncClient) -> Model:
    # Everything is passed, or the client library would look into the environment for it.
    provider = AnthropicProvider(
        base_url=settings.anthropic_base_url or BASE_URL,
        api_key=settings.anthropic_api_key or "none",
        http_client=client,
    )
    return AnthropicModel(name, provider=provider)
