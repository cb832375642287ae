from datetime import date
from typing import Annotated

from flask import current_app
from pydantic import Field, StringConstraints

from webapp.api.endpoint import Answer, endpoint
from webapp.clock import utc_now
from webapp.costs import costs
from webapp.fields import Id, Strict
from webapp.schemas.costs import CostsOut
from webapp.sentences import known_pattern

MONTH = known_pattern(r"^20[0-9]{2}-(0[1-9]|1[0-2])$", "This must be a month, such as 2026-01.")


class Asked(Strict):
    """Of what the cost is asked for."""

    month: Annotated[str, StringConstraints(pattern=MONTH)] | None = Field(
        None, description="A month such as `2026-01`; default: this one (UTC)."
    )
    monitor_id: Id | None = Field(
        None, description="Only of this Monitor, which may be deleted; default: of all."
    )

    def first_day(self, today: date) -> date:
        return date.fromisoformat(f"{self.month}-01") if self.month else today.replace(day=1)


@endpoint(
    "GET",
    "/costs",
    "Show what LLMs cost in a month, by day, Monitor and model",
    query=Asked,
    answers={200: CostsOut},
)
def show_costs(query: Asked) -> Answer:
    today = utc_now().date()
    service = current_app.extensions["settings"].budget
    return Answer(costs(query.first_day(today), today, query.monitor_id, service))
