"""Runs the migrations on the app's own database."""

from contextlib import nullcontext
from typing import Any

from alembic import context
from flask import current_app

from webapp.database import proved, whole
from webapp.extensions import UtcDateTime

db = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Migrations name no type of ours, which may change or go."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def is_upgrade_to_head() -> bool:
    """Alembic tells by the name of a function of its own which of its commands this is."""
    command = context.get_context().opts["fn"].__name__
    return command == "upgrade" and context.get_revision_argument() == context.get_head_revision()


# A transaction that was begun before, which Alembic leaves alone.
with whole(db.engine) as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_item=render_item,
        **current_app.extensions["migrate"].configure_args,
    )
    with proved(connection) if is_upgrade_to_head() else nullcontext(), context.begin_transaction():
        context.run_migrations()
