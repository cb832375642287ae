from typing import Literal

from pydantic import Field

from webapp.fields import Time
from webapp.pipeline.values import By
from webapp.schemas.base import Out

FindingSeverity = Literal["warn", "alert"]


class PastFindingOut(Out):
    """A finding as the Runs of a Monitor had it, all those alike together; shown as in the last."""

    id: int
    fingerprint: str
    severity: FindingSeverity
    by: By
    label: str | None
    line: int | None = Field(description="Of the quote, in the text of the Run `run_id`.")
    quote: str | None
    explanation: str
    times: int = Field(description="How many Runs had it.")
    run_id: int = Field(description="The last of them.")
    first_at: Time
    last_at: Time
