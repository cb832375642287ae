"""Runs the migrations on the app's own database."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from webapp.database import whole
from webapp.extensions import UtcDateTime

db = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Migrations name no type of ours, which may change or go."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run_on(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_item=render_item,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


# Either way inside a transaction that was begun before, which Alembic then leaves alone.
if given := context.config.attributes.get("connection"):
    run_on(given)
else:
    with whole(db.engine) as connection:
        run_on(connection)
