from pydantic import Field

from webapp.api.endpoint import Answer, endpoint
from webapp.board import board
from webapp.clock import utc_now
from webapp.fields import CleanText, Id, Strict
from webapp.models.overview import Choice
from webapp.schemas import OverviewOut
from webapp.schemas.overview import Sort, State


class Asked(Strict):
    """Which Monitors are asked for, as the overview's address has it."""

    q: CleanText = Field("", max_length=200, description="Words in names, sentences and tags.")
    status: State | None = Field(None, description="Only Monitors of this state.")
    target_id: Id | None = Field(None, description="Only Monitors that read this Target.")
    tag: CleanText | None = Field(None, description="Only Monitors with this tag.")
    sort: Sort = Field("worst", description="The order.")
    page: Id = Field(1, description="Which page, from 1.")


@endpoint(
    "GET",
    "/overview",
    "Show the Monitors as the overview does: counted by state, worst first, a page at a time",
    query=Asked,
    answers={200: OverviewOut},
)
def show_overview(query: Asked) -> Answer:
    choice = Choice(query.q, query.status, query.target_id, query.tag, query.sort)
    return Answer(board().view(choice, query.page, utc_now()))
