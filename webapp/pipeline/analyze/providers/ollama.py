import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.ollama import OllamaModel
from pydantic_ai.providers.ollama import OllamaProvider

from webapp.pipeline.values import LlmSettings


def model(name: str, settings: LlmSettings, client: httpx2.AsyncClient) -> Model:
    provider = OllamaProvider(base_url=settings.ollama_base_url, api_key="none", http_client=client)
    return OllamaModel(name, provider=provider)
