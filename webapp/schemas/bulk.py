from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from webapp.fields import Id
from webapp.schemas.base import Out, Resource
from webapp.schemas.monitor import Silence, Tag

Action = Literal["run", "pause", "resume", "mute", "unmute", "tag", "untag", "delete"]


class BulkIn(Resource, Silence):
    """One thing to do with many Monitors; `seconds` is for `mute`."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] = Field(
        description="The Monitors' ids.", examples=[[3, 4]]
    )
    action: Action = Field(description="What to do with each of them.")
    tag: Tag | None = Field(None, validate_default=True, description="For `tag` and `untag`.")

    @field_validator("tag")
    @classmethod
    def _is_there_for_tagging(cls, tag: str | None, info: ValidationInfo) -> Any:
        if tag is None and info.data.get("action") in ("tag", "untag"):
            raise ValueError("Say which tag.")
        return tag


class BulkOut(Out):
    done: list[int] = Field(description="The Monitors that it was done with.")
    missing: list[int] = Field(description="Those that are not there.")
    refused: dict[int, str] = Field(description="Those that it could not be done with, and why.")
