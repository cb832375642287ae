"""Rows that somebody else holds in a transaction that does not end by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from webapp.extensions import db


@contextmanager
def held_by_another(query: str) -> Iterator[Connection]:
    """On PostgreSQL, the rows that the query finds; until the end, or until it is broken off."""
    with db.engine.connect() as connection:
        assert connection.execute(text(f"{query} FOR UPDATE")).all()
        yield connection
