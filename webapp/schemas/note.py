from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from webapp.fields import CleanText, Id, Time
from webapp.schemas.base import Out
from webapp.schemas.correction import CorrectionOut, Said
from webapp.schemas.run import FindingOut

NoteKind = Literal["noise", "missed"]
Fingerprint = Annotated[CleanText, StringConstraints(min_length=24, max_length=24)]


class NoteIn(Said):
    """What somebody says of a finding or a Run."""

    kind: NoteKind = Field(
        description="`noise`: findings of this fingerprint raise nothing. `missed`: a Run should "
        "have said more; with a fingerprint: findings of it are an alert.",
    )
    fingerprint: Fingerprint | None = Field(
        None, description="Of the finding, always for `noise`; as `/monitors/ID/findings` has it."
    )
    run_id: Id | None = Field(
        None, description="The Run that it is said of, which is marked as corrected."
    )

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if self.kind == "noise" and self.fingerprint is None:
            raise PydanticCustomError("value_error", "A noise names the fingerprint of a finding.")
        return self


class NoteOut(Out):
    id: int
    monitor_id: int
    kind: NoteKind
    fingerprint: str | None
    label: str | None
    quote: str | None = Field(description="As it stood in the log when the note was written.")
    run_id: int | None = Field(description="Null: of none, or it is kept no longer.")
    reason: str
    author: str
    created_at: Time
    expires_at: Time | None = Field(description="Null: it holds for ever.")


class LeftOutOut(Out):
    """A finding of a Run that was a false alarm of which no note was made."""

    finding: FindingOut
    why: str = Field(description="A sentence.")


class FalseAlarmOut(Out):
    """What came of saying that a whole Run was a false alarm."""

    correction: CorrectionOut
    notes: list[NoteOut] = Field(description="What is known noise from now on.")
    left_out: list[LeftOutOut]
