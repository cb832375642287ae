"""How each provider's models are made: a new one is a file here, and a line in configured.py."""

from importlib import import_module
from typing import cast

import httpx2
from pydantic_ai.models import Model

from webapp.pipeline.values import LlmSettings


def model_of(settings: LlmSettings, client: httpx2.AsyncClient) -> Model:
    """The model that `settings.model` names, asked by `client`.

    A provider's library is loaded when it is first named: they take 15 to 40 MB each.
    """
    provider, _, name = settings.model.partition(":")
    made = import_module(f"{__name__}.{provider}").model(name, settings, client)
    return cast(Model, made)
