"""The schema of the database: brought up to date as a whole, or left as it is."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask, current_app
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from webapp.extensions import database_trouble, db

UPGRADE = "flask --app webapp db upgrade"
# One who waits for another's migration looks again so often, and waits so long.
LOOK_AGAIN_SECONDS = 1
PATIENCE_SECONDS = 10
# What a difference to the models may be: tables and indexes that somebody added for himself.
HARMLESS = ("remove_table", "remove_index")
# How Alembic calls a table of which it makes another; none is left by a migration that ended.
HALF_MADE = "_alembic_tmp_"
# Held by the one who migrates a PostgreSQL database; the number is arbitrary.
MIGRATION_LOCK = 7_310_245


class WrongSchema(CommandError):
    """The schema is not what the program needs; the text says why, and that nothing was changed."""


def upgrade() -> None:
    """Run what is missing of the migrations, as `flask --app webapp db upgrade` does.

    Where anything fails the database is as it was before. Raises WrongSchema, and SQLAlchemyError
    where the database cannot be used.
    """
    command.upgrade(_config(), "head")


@contextmanager
def whole(engine: Engine) -> Iterator[Connection]:
    """A transaction for migrations: all or nothing, and one at a time.

    SQLite changes a table by making another and dropping the first; with foreign keys on, the
    drop of `monitors` would delete all Runs. Keys can be turned off outside transactions only.
    """
    with engine.connect() as connection:
        connection.execution_options(immediate=True)
        sqlite: Any = connection.dialect.name == "sqlite" and connection.connection
        if sqlite:
            sqlite.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    _take_time(connection)
                before = _version(connection)
                yield connection
                if sqlite and _version(connection) != before:
                    _refuse_dangling_rows(connection)
        finally:
            if sqlite:
                sqlite.execute("PRAGMA foreign_keys=ON")


@contextmanager
def proved(connection: Connection) -> Iterator[None]:
    """For an upgrade to the newest version: what is there before it, and what comes of it.

    Raises WrongSchema.
    """
    _refuse_tables_without_version(connection)
    try:
        yield
    except CommandError as error:
        raise WrongSchema(
            f"The database was made by a newer version, and was left as it is: {error}."
        ) from error
    _compare(connection)


def check() -> None:
    """Raises WrongSchema where the schema is not the one that the program needs."""
    script = ScriptDirectory.from_config(_config())
    needed = script.get_current_head()
    with db.engine.connect() as connection:
        found = _version(connection)
        if found == needed:
            _compare(connection)
            return
    known = {revision.revision for revision in script.walk_revisions()}
    if found and found not in known:
        raise WrongSchema(
            f"The database's schema is of version {found}, which this program does not know: "
            "it was made by a newer one. Use that."
        )
    has = f"is of version {found}" if found else "is missing"
    raise WrongSchema(
        f"The database's schema {has}, and this program needs {needed}. Run: {UPGRADE}"
    )


def require_schema(app: Flask, stop: threading.Event) -> None:
    """For a process that does not migrate: end it with a sentence where the schema is wrong.

    Whoever starts the service may be migrating just now, so this looks for a moment, which also
    keeps a process manager that restarts at once from spinning. A database that does not answer
    is waited for.
    """
    with app.app_context():
        try:
            _wait_for_schema(stop)
        except WrongSchema as error:
            sys.exit(f"AI Log Monitor does not start.\n{error}")
        finally:
            db.engine.dispose()  # no connection crosses the fork of the web server


def _wait_for_schema(stop: threading.Event) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not stop.is_set():
        try:
            check()
            break
        except SQLAlchemyError as error:
            database_trouble.goes_on(error.__cause__ or error)
            deadline = time.monotonic() + PATIENCE_SECONDS
        except WrongSchema:
            if time.monotonic() > deadline:
                raise
        stop.wait(LOOK_AGAIN_SECONDS)


def _config() -> Config:
    config: Config = current_app.extensions["migrate"].migrate.get_config()
    return config


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _take_time(connection: Connection) -> None:
    """Wait for others that migrate, and let a statement take as long as the tables are large."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'")
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")


def _refuse_tables_without_version(connection: Connection) -> None:
    ours = set(db.metadata.tables).intersection(inspect(connection).get_table_names())
    if ours and not _version(connection):
        raise WrongSchema(
            f"The database has tables of this program ({', '.join(sorted(ours))}) but does not say "
            "of which version. It was left as it is. Restore a whole backup, or use an empty one."
        )


def _refuse_dangling_rows(connection: Connection) -> None:
    tables = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if tables:
        raise WrongSchema(
            f"After the migration rows of {', '.join(sorted(tables))} would name rows that are "
            "not there. The database was left as it is."
        )


def _compare(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    wrong = [
        words
        for difference in compare_metadata(context, db.metadata)
        if (words := _words(difference))
    ]
    wrong += [
        f"a table {name} that was half made"
        for name in inspect(connection).get_table_names()
        if name.startswith(HALF_MADE)
    ]
    if wrong:
        raise WrongSchema(
            f"The database's schema is not what its version says: {'; '.join(wrong)}. It was left "
            "as it is. Restore a backup that was made before the upgrade that failed."
        )


def _words(difference: Any) -> str | None:
    """One difference of Alembic's as a person says it; None: it does no harm."""
    first = difference[0] if isinstance(difference, list) else difference
    kind, *about = first
    if kind in HARMLESS:
        return None
    verb, _, noun = kind.partition("_")
    if noun == "column":
        _, table, column = about
        return f"column {table}.{column.name} is {'missing' if verb == 'add' else 'too many'}"
    if verb == "modify":
        return f"column {about[1]}.{about[2]} has another {noun}"
    return f"{noun} {about[0].name} is {'missing' if verb == 'add' else 'too many'}"
