"""Lists, a page at a time: plain arrays, and a Link header where there is more."""

from collections.abc import Sequence
from typing import Annotated, Any

from flask import request, url_for
from pydantic import Field

from webapp.api.endpoint import Answer
from webapp.fields import Id, Strict, Whole
from webapp.models.lookup import Lookup


class Page(Strict):
    """Which part of a list is asked for."""

    limit: Annotated[int, Whole(1, 1000)] = Field(1000, description="How many at most.")
    after: Id | None = Field(None, description="Only what has a greater id.")


def page_of(model: type[Lookup], query: Page) -> Answer:
    """The rows in the order of their ids."""
    return page(model.page(query.limit + 1, query.after), query.limit, "after")


def page(rows: Sequence[Any], limit: int, cursor: str) -> Answer:
    """The first `limit` rows; where there is one more, the Link goes on from the last."""
    if len(rows) <= limit:
        return Answer(rows)
    asked = request.args.to_dict() | {cursor: rows[limit - 1].id}
    address = url_for(request.endpoint or "", **(request.view_args or {}), **asked)
    return Answer(rows[:limit], headers={"Link": f'<{address}>; rel="next"'})
