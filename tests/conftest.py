"""What tests stand on: real databases, a real queue, the app as it is served."""

import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import make_url
from werkzeug.test import TestResponse

from tests.parts import postgresql_server
from tests.ssh_server import SshServer, ssh_server
from tests.valkey import valkey_server
from tests.waiting import until
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.pipeline.analyze.serving import forget

# For tests of what the two databases do differently.
BOTH_DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

_numbers = itertools.count()


def pytest_xdist_auto_num_workers() -> int:
    """How many processes `make test` has: tests wait more than they compute.

    More than eight would all wait for the one with the longest file.
    """
    return min((os.cpu_count() or 1) + 1, 8)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, or the last one to begin would be alone at the end."""
    items.sort(key=_seconds_of_file, reverse=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Of servers of models: another test may have had one at the same port."""
    forget()


class Caller(FlaskClient):
    """Each request has a context and a session of its own, as on a server, though the test has
    one too."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)


@pytest.fixture
def settings(
    tmp_path: Path,
    database: str | None,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """A DATA_DIR of the test's own, and nothing of the developer's environment.

    The queue is down, but for tests that ask for `valkey`.
    """
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    asked = "valkey" in request.fixturenames
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        database_url=database,
        redis_url=request.getfixturevalue("valkey") if asked else None,
    )


@pytest.fixture
def app(settings: Settings, _migrated_sqlite: Path) -> Iterator[Flask]:
    app = create_app(settings)
    app.test_client_class = Caller
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            shutil.copy(_migrated_sqlite, str(db.engine.url.database))
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["doorbell"].redis.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller on this machine."""
    return app.test_client()


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """A real one, which all tests of a file may use."""
    with ssh_server(tmp_path_factory.mktemp("ssh") / "server") as running:
        yield running
    until(lambda: not any(thread.name == "ssh" for thread in threading.enumerate()))


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str | None:
    """DATABASE_URL; None is SQLite in DATA_DIR, the default.

    It is migrated for tests that ask for `app`, and empty for those that launch the service.
    """
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    asked = "app" in request.fixturenames
    template = request.getfixturevalue("_migrated_postgresql") if asked else "template1"
    return _new_database(request.getfixturevalue("postgresql"), template)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A real server of our own, without an installation."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that each test has a copy of: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    _migrate(Settings(_env_file=None, data_dir=folder, database_url=None))
    return folder / "monitor.db"


@pytest.fixture(scope="session")
def _migrated_postgresql(postgresql: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database that each test has a copy of."""
    url = _new_database(postgresql, "template1")
    folder = tmp_path_factory.mktemp("migrated")
    _migrate(Settings(_env_file=None, data_dir=folder, database_url=url))
    return str(make_url(url).database)


@pytest.fixture(scope="session")
def _valkey_url() -> Iterator[str]:
    """A real server, as the service starts it; the path of its socket must be short."""
    with tempfile.TemporaryDirectory(prefix="valkey-") as folder:
        socket = Path(folder) / "valkey.sock"
        with valkey_server(socket):
            yield f"unix://{socket}"


@pytest.fixture
def valkey(_valkey_url: str) -> str:
    """REDIS_URL of an empty queue."""
    with Redis.from_url(_valkey_url) as redis:
        redis.flushall()
    return _valkey_url


def _migrate(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        db.session.remove()
        db.engine.dispose()
    app.extensions["doorbell"].redis.close()


def _new_database(server: Any, template: str) -> str:
    """Its DATABASE_URL."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return str(server.get_uri(name))


def _seconds_of_file(item: pytest.Item) -> float:
    takes = item.get_closest_marker("takes")
    return takes.kwargs["seconds"] if takes else 0
