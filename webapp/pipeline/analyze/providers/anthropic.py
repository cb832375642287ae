import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from webapp.pipeline.values import LlmSettings


def model(name: str, settings: LlmSettings, client: httpx2.AsyncClient) -> Model:
    provider = AnthropicProvider(
        base_url="https://api.anthropic.com",
        api_key=settings.anthropic_api_key,
        http_client=client,
    )
    return AnthropicModel(name, provider=provider)
