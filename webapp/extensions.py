"""The extensions, unbound; create_app() binds them."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import has_request_context
from flask_compress import Compress
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import (
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    MetaData,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from webapp.config import Settings
from webapp.trouble import Trouble

# Alembic can only drop or alter a constraint on SQLite that has a name.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


# Connections to the database that a process keeps; twice as many when there is much to do.
CONNECTIONS = 10

# What a statement raises where the database does not answer, lets nobody write, or has ended the
# transaction, as it was idle for too long.
DATABASE_AWAY = (InterfaceError, InternalError, OperationalError, TimeoutError)

# How long a writer on SQLite waits for its turn, and how long where a person waits for him.
PATIENCE_MS = 30_000
PERSONS_PATIENCE_MS = 5_000
# SQLite waits without a word; after so long the log hears of it.
SAY_AFTER_MS = 5_000
# SQLite lets one write at a time, and has the others ask again and again, more and more rarely:
# with many threads the database is idle most of the time, and some never have their turn. So the
# threads of a process queue here, and only processes ask each other. (13 Runs a second with it
# left out, 37 with it.)
_sqlite_writer = threading.Lock()
# What a session that is within `writing` says of itself.
WRITES = "writes"
# The one outage of the one database, whoever of this process meets it.
database_trouble = Trouble("database")


# No call to PostgreSQL blocks for ever, though the network does. Seconds, but for milliseconds in
# tcp_user_timeout, which does not cover the wait for an answer: the keepalives do.
# The options are for the server, which ends a transaction of a host that froze or lost its power:
# what that holds would else be kept from all others for hours.
POSTGRESQL = {
    "connect_timeout": 5,
    "tcp_user_timeout": 15_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "options": (
        "-c statement_timeout=30000 -c lock_timeout=10000"
        " -c idle_in_transaction_session_timeout=15000"
        " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    ),
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(render_as_batch=True)
csrf = CSRFProtect()
compress = Compress()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which knows no zones, keeps it as naive UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def engine_options(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {
        # None is held while a Run waits, so that a few do for many threads.
        "pool_size": CONNECTIONS,
        "hide_parameters": True,  # which are what logs say, and no error may repeat it
    }
    if settings.sqlalchemy_url.startswith("postgresql"):
        options |= {"pool_pre_ping": True, "connect_args": POSTGRESQL}
    return options


@contextmanager
def writing(patience_ms: int | None = None) -> Iterator[None]:
    """A short write transaction, committed at the end, rolled back on an exception.

    `patience_ms`: how long it waits for its turn; by default less where a request is answered.

    It begins anew, so that what it reads is what it changes: objects loaded before are read
    again. On SQLite it takes the write lock at once: a transaction that reads first and
    upgrades later fails under load where one that waits for its turn does not.

    Not within another: it would throw away what that one has written so far, and on SQLite wait
    for its own thread.
    """
    if patience_ms is None:
        patience_ms = PERSONS_PATIENCE_MS if has_request_context() else PATIENCE_MS
    session = db.session()
    if session.info.get(WRITES):
        raise RuntimeError("writing() was called within writing()")
    session.rollback()
    session.expire_all()  # a rollback forgets nothing where the last transaction was committed
    with _turn(patience_ms):
        session.connection(execution_options={"immediate": True, "patience_ms": patience_ms})
        session.info[WRITES] = True
        try:
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info[WRITES] = False


@contextmanager
def _turn(patience_ms: int) -> Iterator[None]:
    """On SQLite, alone among the threads of this process."""
    if db.engine.dialect.name != "sqlite":
        yield
        return
    if not _sqlite_writer.acquire(timeout=patience_ms / 1000):
        raise TimeoutError(f"another thread has been writing for {patience_ms / 1000:g} s")
    try:
        yield
    finally:
        _sqlite_writer.release()


def lock(row: Base) -> None:
    """Read a row again within `writing`, and keep it from all who change it until the end.

    `key_share`, here and wherever rows are kept that are not deleted: whoever inserts a row that
    names one of them waits for nobody. Else it would wait, with a row that others wait for.
    """
    identity = inspect(row).identity
    db.session.get(type(row), identity, populate_existing=True, with_for_update={"key_share": True})


def wait_for_rows_at_most(seconds: float) -> None:
    """Within `writing`: on PostgreSQL a statement fails that would wait longer for others' rows."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SET LOCAL lock_timeout = {round(seconds * 1000)}"))


def insert_into(model: type[Any], dialect: str | None = None) -> Any:
    """The database's own INSERT, which can say what to do where a unique index forbids it."""
    dialect = dialect or db.engine.dialect.name
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(model)


def insert_unless_there(model: type[Any], **values: Any) -> Any:
    """An INSERT that does nothing, and returns no row, where a unique index forbids it."""
    return insert_into(model).values(**values).on_conflict_do_nothing()


def changed_rows(statement: Executable) -> int:
    """Execute an UPDATE or DELETE in the session; how many rows it touched.

    Objects that the session has read stay as they are, until `writing` begins anew.
    """
    options = {"synchronize_session": False}
    result: CursorResult[Any] = db.session.execute(  # type: ignore[assignment]
        statement, execution_options=options
    )
    return result.rowcount


@event.listens_for(Engine, "connect")
def _configure_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # BEGIN is ours, below
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={SAY_AFTER_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    options = connection.get_execution_options()
    if options.get("immediate"):
        _begin_to_write(connection, options.get("patience_ms", PATIENCE_MS))
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection, patience_ms: int) -> None:
    asked_at = time.monotonic()
    while patience_ms > SAY_AFTER_MS:
        if _begins(connection):
            return
        patience_ms -= SAY_AFTER_MS
        database_trouble.goes_on("another process has been writing all the time", asked_at)
    _wait_at_most(connection, patience_ms)
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    database_trouble.is_over()


def _begins(connection: Connection) -> bool:
    """Whether the write lock could be had; past SQLAlchemy, which would take a no for a failure."""
    _wait_at_most(connection, SAY_AFTER_MS)
    raw: Any = connection.connection
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # which says it in SQLAlchemy's words
    database_trouble.is_over()
    return True


def _wait_at_most(connection: Connection, patience_ms: int) -> None:
    if connection.info.get("patience_ms", SAY_AFTER_MS) != patience_ms:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience_ms}")
        connection.info["patience_ms"] = patience_ms
