"""Where the database and the queue are, as the settings say it."""

import socket
import tempfile
from pathlib import Path

import pytest

from webapp.config import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours, and a working directory without a `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "sqlite:////srv/monitor/monitor.db"),
        ({"DATABASE_PATH": "/var/lib/runs.db"}, "sqlite:////var/lib/runs.db"),
        ({"DATABASE_PATH": "~/runs.db"}, "sqlite:////home/ops/runs.db"),
        ({"DATABASE_URL": "postgresql://u:p@h/n"}, "postgresql+psycopg://u:p@h/n"),
        ({"DATABASE_URL": "postgres://u:p@h/n"}, "postgresql+psycopg://u:p@h/n"),
        ({"DATABASE_URL": "postgresql+psycopg://u@h/n"}, "postgresql+psycopg://u@h/n"),
        (
            {"DATABASE_URL": "postgresql://u@h/n", "DATABASE_PATH": "/var/lib/runs.db"},
            "postgresql+psycopg://u@h/n",
        ),
        ({"DATABASE_URL": "sqlite:////var/lib/runs.db"}, "sqlite:////var/lib/runs.db"),
    ],
)
def test_the_database_is_where_the_variables_say(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str
) -> None:
    monkeypatch.setenv("DATA_DIR", "/srv/monitor")
    monkeypatch.setenv("HOME", "/home/ops")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    settings = Settings.load()

    assert settings.sqlalchemy_url == url


def test_a_relative_database_path_counts_from_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_PATH", "runs.db")

    settings = Settings.load()

    assert settings.sqlalchemy_url == f"sqlite:///{tmp_path}/runs.db"


def test_a_deep_data_dir_still_has_a_socket_path_that_a_server_can_listen_on() -> None:
    with tempfile.TemporaryDirectory() as folder:
        deep = Path(folder, *["a-folder-with-a-long-name"] * 8)
        settings = Settings(data_dir=deep)

        path = settings.valkey_socket
        path.parent.mkdir(parents=True)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
        path.unlink()
        path.parent.rmdir()

    assert deep not in path.parents
    assert settings.queue_url == f"unix://{path}"


def test_two_deep_data_dirs_have_two_sockets() -> None:
    deep = Path("/", *["a-folder-with-a-long-name"] * 8)

    one, other = Settings(data_dir=deep / "one"), Settings(data_dir=deep / "other")

    assert one.valkey_socket != other.valkey_socket


def test_a_socket_lies_in_a_data_dir_that_is_not_deep() -> None:
    settings = Settings(data_dir=Path("/srv/log monitor"))

    assert settings.valkey_socket == Path("/srv/log monitor/valkey/valkey.sock")
    assert settings.queue_url == "unix:///srv/log%20monitor/valkey/valkey.sock"
