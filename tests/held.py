"""Rows that somebody else holds in a transaction that does not end by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from webapp.extensions import POSTGRESQL, db


@contextmanager
def held_by_another(query: str) -> Iterator[Connection]:
    """On PostgreSQL, the rows that the query finds; until the end, or until it is broken off."""
    with db.engine.connect() as connection:
        assert connection.execute(text(f"{query} FOR UPDATE")).all()
        yield connection


def impatient(patch: pytest.MonkeyPatch, **milliseconds: int) -> None:
    """Let PostgreSQL wait so long for all connections to come, instead of 10 s and more."""
    sooner = (f"-c {name}={wait}" for name, wait in milliseconds.items())
    patch.setitem(POSTGRESQL, "options", " ".join([str(POSTGRESQL["options"]), *sooner]))
