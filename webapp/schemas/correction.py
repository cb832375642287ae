from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from webapp.fields import Name, NonBlank, Time, Whole
from webapp.schemas.base import Out, Resource

CorrectionKind = Literal["false_alarm", "missed"]
Reason = Annotated[NonBlank, StringConstraints(max_length=500)]
Author = Annotated[Name, StringConstraints(max_length=100)]
LONGEST_DAYS = 3650


class Said(Resource):
    """Who says why, and for how long that holds."""

    reason: Reason = Field(
        description="Why, for people and for the model.",
        examples=["The nightly backup fills the disk for a minute."],
    )
    author: Author = Field(description="Who says so.", examples=["Ada"])
    expires_in_days: Annotated[int, Whole(1, LONGEST_DAYS)] | None = Field(
        30, description="From now; null: it holds for ever."
    )


class FalseAlarmIn(Said):
    """A whole Run was a false alarm: each of its findings that can be is known noise."""


class CorrectionOut(Out):
    """What somebody said of a past Run, as it was said."""

    id: int
    kind: CorrectionKind
    fingerprint: str | None = Field(description="Of the finding; null: the whole Run.")
    reason: str
    author: str
    created_at: Time
    note_ids: list[int] = Field(description="The notes that were made of it and are still there.")
