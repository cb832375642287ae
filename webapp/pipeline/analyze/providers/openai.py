import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from webapp.pipeline.values import LlmSettings

BASE_URL = "https://api.openai.com/v1"
# The library tells by a model's name what its maker's own service can do; but this is another's.
# One that knows no schema may know no other `response_format` either.
_OWN = ModelProfile(supports_json_schema_output=True, supports_json_object_output=False)


def model(name: str, settings: LlmSettings, client: httpx2.AsyncClient) -> Model:
    # Everything is passed, or the client libraries would look into the environment for it.
    if settings.openai_base_url:
        server = OpenAICompatibleProvider(
            "openai-compatible",
            base_url=settings.openai_base_url,
            api_key=settings.openai_api_key or "none",
            http_client=client,
            profile=_OWN,
        )
        return OpenAIChatModel(name, provider=server)
    provider = OpenAIProvider(
        base_url=BASE_URL, api_key=settings.openai_api_key, http_client=client
    )
    return OpenAIChatModel(name, provider=provider)
