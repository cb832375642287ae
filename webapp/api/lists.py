"""Lists, a page at a time: plain arrays, and a Link header where there is more."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from pydantic import Field
from sqlalchemy import select

from webapp.api.endpoint import Answer
from webapp.extensions import db
from webapp.schemas.base import Id, Strict


class Page(Strict):
    """Which part of a list is asked for."""

    limit: int = Field(1000, ge=1, le=1000, description="How many at most.")
    after: Id | None = Field(None, description="Only what has a greater id.")


def page_of(model: Any, query: Page) -> Answer:
    """The rows in the order of their ids."""
    rows = select(model).where(model.id > (query.after or 0)).order_by(model.id)
    return page(db.session.scalars(rows.limit(query.limit + 1)).all(), query.limit, "after")


def page(rows: Sequence[Any], limit: int, cursor: str) -> Answer:
    """The first `limit` rows; where there is one more, the Link goes on from the last."""
    if len(rows) <= limit:
        return Answer(rows)
    asked = request.args.to_dict() | {cursor: rows[limit - 1].id}
    address = url_for(request.endpoint or "", **(request.view_args or {}), **asked)
    return Answer(rows[:limit], headers={"Link": f'<{address}>; rel="next"'})
