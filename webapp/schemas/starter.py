from typing import Annotated

from pydantic import Field

from webapp.fields import Name, NonBlank, Strict, Whole
from webapp.schemas.monitor import INTERVAL_BOUNDS, InputIn, WindowConfig


class Starter(Strict):
    """A Monitor to start from; all of it may be changed before it is saved."""

    name: Name = Field(description="What it is chosen by, as in `/monitors/new?starter=nginx`.")
    title: Name
    finds: Name = Field(description="One line on what it finds.")
    prompt: NonBlank
    inputs: list[InputIn] = Field(min_length=1)
    interval_seconds: Annotated[int, Whole(*INTERVAL_BOUNDS)]
    window_config: WindowConfig
