"""How Targets, LogSources and Monitors are found, and how they are kept while a rule is judged."""

from typing import Any, Self

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Mapped

from webapp.extensions import db


class Lookup:
    """For models that are known by an `id`."""

    id: Mapped[int]

    @classmethod
    def get(cls, row_id: int) -> Self | None:
        return db.session.get(cls, row_id)

    @classmethod
    def kept(cls, row_id: int) -> Self | None:
        """Read it again within `writing`, and keep it from changing until the end.

        Others may keep it at the same time. Where several rows are kept, a Monitor comes before
        its LogSource and that before its Target, or two transactions wait for each other.
        """
        share = {"read": True}
        return db.session.get(cls, row_id, populate_existing=True, with_for_update=share)

    @classmethod
    def page(cls, limit: int, after: int | None = None) -> list[Self]:
        """In the order of ids; `after` is the id that the page before ended with."""
        query = select(cls).where(cls.id > (after or 0)).order_by(cls.id).limit(limit)
        return list(db.session.scalars(query))


def having(text: str, *places: Any) -> list[ColumnElement[bool]]:
    """That each word of the text stands in one of the places, in whatever case."""
    return [
        or_(*(place.icontains(word, autoescape=True) for place in places)) for word in text.split()
    ]


def look_anew() -> None:
    """Give the connection back; what is looked at next is as others left it."""
    db.session.rollback()
