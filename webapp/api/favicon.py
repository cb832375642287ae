from typing import Annotated

from pydantic import Field

from webapp import favicon
from webapp.api.endpoint import Answer, Text, endpoint
from webapp.fields import Strict, Whole
from webapp.schemas.overview import Bad

SVG = Text(("image/svg+xml",))
# The address says all that the picture shows.
FOR_GOOD = "public, max-age=604800, immutable"


class Shown(Strict):
    """What the icon is to show."""

    bad: Annotated[int, Whole(1, 1_000_000)] = Field(1, description="How many Monitors are bad.")
    worst: Bad = Field("alert", description="The state of the worst of them.")


@endpoint(
    "GET",
    "/favicon.svg",
    "Draw the icon of a page's tab: how many Monitors are bad",
    query=Shown,
    answers={200: SVG},
)
def show_favicon(query: Shown) -> Answer:
    headers = {"Content-Type": SVG.types[0], "Cache-Control": FOR_GOOD}
    return Answer(favicon.draw(query.bad, query.worst), headers=headers)
