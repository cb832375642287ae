"""What a test of rules is asked, and what it answers; see webapp.pipeline.rules."""

from typing import Annotated

from pydantic import Field

from webapp.fields import CleanText
from webapp.schemas.base import Out, Resource
from webapp.schemas.monitor import RulesConfig


class RulesTestIn(Resource):
    rules: RulesConfig = Field(default_factory=RulesConfig)
    text: Annotated[CleanText, Field(max_length=20_000)] = Field(
        description="Lines of a log.", examples=["GET /health 200\nOut of memory"]
    )


class TriedOut(Out):
    """A line, and the patterns that match it; what is ignored is no alert."""

    line: str
    ignored_by: list[str]
    alerts: list[str]
