from typing import Annotated

from pydantic import Field

from webapp.api.endpoint import Answer, endpoint
from webapp.api.lists import page
from webapp.fields import Id, Strict, Whole
from webapp.found import found, found_past_finding
from webapp.models import Monitor, PastFinding
from webapp.schemas.past_finding import FindingSeverity, PastFindingOut


class Which(Strict):
    """Which findings of a Monitor are asked for."""

    limit: Annotated[int, Whole(1, 200)] = Field(50, description="How many at most.")
    before: Id | None = Field(None, description="Only what was seen before that with this id.")
    severity: FindingSeverity | None = Field(None, description="Only findings of this severity.")


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/findings",
    "List what the Runs of a Monitor found, last seen first",
    query=Which,
    answers={200: list[PastFindingOut]},
)
def list_findings(monitor_id: int, query: Which) -> Answer:
    found(Monitor, monitor_id)
    before = found_past_finding(monitor_id, query.before) if query.before else None
    rows = PastFinding.history(monitor_id, query.limit + 1, before, query.severity)
    return page(rows, query.limit, "before")
