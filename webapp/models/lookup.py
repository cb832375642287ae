"""How Targets, LogSources and Monitors are found, and how they are kept while a rule is judged."""

from collections.abc import Collection
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Mapped

from webapp.extensions import db


class Lookup:
    """For models that are known by an `id`, and to people by a `name`, which need not be unique."""

    id: Mapped[int]
    name: Mapped[str]

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

    @classmethod
    def ids_called(cls, text: str, name: str, row_id: int | None) -> list[int]:
        """Of rows whose name is the text, or that have this name and id; two of them at most."""
        either = or_(cls.name == text, and_(cls.id == row_id, cls.name == name))
        return list(db.session.scalars(select(cls.id).where(either).order_by(cls.id).limit(2)))

    @classmethod
    def names_shared(cls, names: Collection[str]) -> set[str]:
        """Those of the names that more than one row has."""
        query = select(cls.name).where(cls.name.in_(names)).group_by(cls.name)
        return set(db.session.scalars(query.having(func.count() > 1)))


def having(text: str, *places: Any) -> list[ColumnElement[bool]]:
    """That each word of the text stands in one of the places, in whatever case."""
    return [
        or_(*(place.icontains(word, autoescape=True) for place in places)) for word in text.split()
    ]


def look_anew() -> None:
    """Give the connection back; what is looked at next is as others left it."""
    db.session.rollback()
