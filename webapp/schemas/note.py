from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from webapp.fields import CleanText, Id, Name, NonBlank, Time, Whole
from webapp.schemas.base import Out, Resource

NoteKind = Literal["noise", "missed"]
Fingerprint = Annotated[CleanText, StringConstraints(min_length=24, max_length=24)]
Reason = Annotated[NonBlank, StringConstraints(max_length=500)]
Author = Annotated[Name, StringConstraints(max_length=100)]
LONGEST_DAYS = 3650


class NoteIn(Resource):
    """What somebody says of a finding or a Run."""

    kind: NoteKind = Field(
        description="`noise`: findings of this fingerprint raise nothing. `missed`: a Run was ok, "
        "and should not have been.",
    )
    fingerprint: Fingerprint | None = Field(
        None, description="Of the finding, for `noise`; as `/monitors/ID/findings` has it."
    )
    run_id: Id | None = Field(None, description="The Run that it is said of.")
    reason: Reason = Field(
        description="Why, for people and for the model.",
        examples=["The nightly backup fills the disk for a minute."],
    )
    author: Author = Field(description="Who says so.", examples=["Ada"])
    expires_in_days: Annotated[int, Whole(1, LONGEST_DAYS)] | None = Field(
        30, description="From now; null: it holds for ever."
    )

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if (self.kind == "noise") != (self.fingerprint is not None):
            raise PydanticCustomError(
                "value_error",
                "A noise names the fingerprint of a finding, and a missed one names none.",
            )
        return self


class NoteOut(Out):
    id: int
    monitor_id: int
    kind: NoteKind
    fingerprint: str | None
    label: str | None
    quote: str | None = Field(description="As it stood in the log when the note was written.")
    run_id: int | None
    reason: str
    author: str
    created_at: Time
    expires_at: Time | None = Field(description="Null: it holds for ever.")
