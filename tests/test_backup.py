"""A backup that is taken under way, and what becomes of it."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from tests.rows import new_target
from tests.service import Service, launched
from tests.waiting import until
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.models import Target

pytestmark = pytest.mark.takes(seconds=25)

ROOT = Path(__file__).parent.parent
# As if it had been taken an hour ago.
AGE = """
    UPDATE runs SET lease_until = datetime(lease_until, '-1 hour'),
    rung_at = datetime(rung_at, '-1 hour') WHERE status = 'running'
"""
AGE_ON_POSTGRESQL = """
    UPDATE runs SET lease_until = lease_until - interval '1 hour',
    rung_at = rung_at - interval '1 hour' WHERE status = 'running'
"""
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def backup(app: Flask) -> Command:
    """`flask backup FILE`: its exit status, and what it said."""

    def run(file: Path) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["backup", str(file)])
        return result.exit_code, result.output

    return run


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def test_a_backup_is_one_file_with_all_of_it_for_its_owner_only(
    backup: Command, tmp_path: Path
) -> None:
    new_target("kept")
    file = tmp_path / "monitor.backup"

    status, said = backup(file)

    assert (status, said) == (
        0,
        f"{file} has all of it: {file.stat().st_size:,} bytes, checked.\n",
    )
    assert rows(file, "SELECT name FROM targets") == [("kept",)]
    assert rows(file, "PRAGMA journal_mode") == [("delete",)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("monitor.backup*")] == ["monitor.backup"]


def test_a_backup_has_the_state_of_one_moment_while_others_write_on(
    app: Flask, backup: Command, tmp_path: Path
) -> None:
    stop = threading.Event()
    writer = threading.Thread(target=_write_pairs, args=(app, stop))
    writer.start()
    files = [tmp_path / f"{number}.backup" for number in range(10)]
    until(lambda: _targets() >= 20)

    written = []
    for file in files:
        assert backup(file)[0] == 0
        written.append(_targets())

    stop.set()
    writer.join()
    kept = [rows(file, "SELECT count(*) FROM targets")[0][0] for file in files]
    assert [number for number in kept if not isinstance(number, int) or number % 2] == []
    assert kept == sorted(kept)
    assert kept[0] >= 20
    assert written[0] < written[-1]  # nobody waited for it


def test_a_backup_overwrites_nothing(backup: Command, tmp_path: Path) -> None:
    file = tmp_path / "monitor.backup"
    file.write_text("that of yesterday")

    status, said = backup(file)

    assert (status, said) == (1, f"Error: {file} is there already; name another file.\n")
    assert file.read_text() == "that of yesterday"


def test_two_backups_do_not_write_the_same_file(backup: Command, tmp_path: Path) -> None:
    draft = tmp_path / "monitor.backup.partial"
    draft.write_text("the other's")

    status, said = backup(tmp_path / "monitor.backup")

    assert status == 1
    assert said.startswith(f"Error: {draft} is there: another backup is under way")
    assert [path.name for path in tmp_path.glob("monitor.backup*")] == [draft.name]
    assert draft.read_text() == "the other's"


def test_a_backup_that_cannot_be_written_says_so(backup: Command, tmp_path: Path) -> None:
    file = tmp_path / "not there" / "monitor.backup"

    assert backup(file) == (1, f"Error: {file} cannot be written: No such file or directory.\n")


def test_a_damaged_database_gives_no_backup(
    backup: Command, settings: Settings, tmp_path: Path
) -> None:
    for number in range(200):
        new_target(f"target {number}")
    db.session.remove()
    db.engine.dispose()
    _damage(settings.data_dir / "monitor.db")

    status, said = backup(tmp_path / "monitor.backup")

    assert status == 1
    assert "cannot be copied" in said
    assert list(tmp_path.glob("monitor.backup*")) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_for_postgresql_it_names_what_backs_that_up(backup: Command, tmp_path: Path) -> None:
    status, said = backup(tmp_path / "monitor.backup")

    assert status == 1
    assert said == (
        "Error: The database is PostgreSQL: back it up by pg_dump, as docs/operations.md says.\n"
    )
    assert list(tmp_path.glob("monitor.backup*")) == []


def test_what_is_restored_goes_on_from_the_backup(tmp_path: Path) -> None:
    data, file, gate = tmp_path / "data", tmp_path / "monitor.backup", tmp_path / "gate"
    with launched(data) as service:
        waiting = _start_a_run(service, f"while ! test -e {gate}; do sleep 0.1; done; echo fine")
        _back_up(data, file)
        _, later = service.send("POST", "/targets", {"name": "made later", "type": "local"})
        gate.touch()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(AGE)
        connection.commit()

    _put_back(file, data)
    with launched(data) as service:
        until(lambda: service.curl(f"/runs/{waiting}")[1]["finished_at"])
        _, run = service.curl(f"/runs/{waiting}")
        _, targets = service.curl("/targets")
        _, runs = service.curl(f"/monitors/{run['monitor_id']}/runs")

    assert (run["status"], run["logs_text"]) == ("ok", "[LOGS]\nfine")
    assert later not in targets
    assert [one["id"] for one in runs] == [waiting]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_is_restored_on_postgresql_goes_on_from_the_backup(
    tmp_path: Path, database: str, postgresql: Any
) -> None:
    data, file, gate = tmp_path / "data", tmp_path / "monitor.pgdump", tmp_path / "gate"
    restored = postgresql.get_uri(_new_database(postgresql))
    with launched(data, DATABASE_URL=database) as service:
        waiting = _start_a_run(service, f"while ! test -e {gate}; do sleep 0.1; done; echo fine")
        _postgresql(postgresql, "pg_dump", "--format=custom", f"--file={file}", database)
        _, later = service.send("POST", "/targets", {"name": "made later", "type": "local"})
        gate.touch()

    _postgresql(postgresql, "pg_restore", "--single-transaction", f"--dbname={restored}", file)
    with psycopg.connect(restored) as connection:
        connection.execute(AGE_ON_POSTGRESQL)
    with launched(data, DATABASE_URL=restored) as service:
        until(lambda: service.curl(f"/runs/{waiting}")[1]["finished_at"])
        _, run = service.curl(f"/runs/{waiting}")
        _, targets = service.curl("/targets")
        new = _start_a_run(service, "sleep 1")

    assert (run["status"], run["logs_text"]) == ("ok", "[LOGS]\nfine")
    assert later["name"] not in [target["name"] for target in targets]
    assert new > waiting


def _new_database(server: Any) -> str:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    return "restored"


def _postgresql(server: Any, program: str, *words: str | Path) -> None:
    """A program of the server's own version."""
    subprocess.run([server.bin_path / program, *words], check=True, capture_output=True)


def _write_pairs(app: Flask, stop: threading.Event) -> None:
    with app.app_context():
        number = 0
        while not stop.is_set():
            number += 2
            with writing():
                for name in (f"target {number}", f"target {number + 1}"):
                    db.session.add(Target(name=name, type="local", connection_config={}))


def _targets() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Target.id)).all())


def _damage(database: Path) -> None:
    """Overwrite pages of its middle, which every copy and every check has to meet."""
    content = bytearray(database.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = os.urandom(8192)
    database.write_bytes(content)


def _start_a_run(service: Service, command: str) -> int:
    """The id of a Run that is under way and waits."""
    monitor = {
        "name": "Waits",
        "target_id": 1,
        "prompt": "Is all well?",
        "interval_seconds": 86_400,
        "inputs": [{"label": "LOGS", "mode": "command", "command": command}],
    }
    _, made = service.send("POST", "/monitors", monitor)
    address = f"/monitors/{made['id']}/runs/latest"
    service.curl(f"/monitors/{made['id']}/run-once", "--request", "POST")
    until(lambda: service.curl(address)[1].get("stage") == "gathering")
    run_id: int = service.curl(address)[1]["id"]
    return run_id


def _back_up(data_dir: Path, file: Path) -> None:
    words = [sys.executable, "-m", "flask", "--app", "webapp", "backup", str(file)]
    environment = os.environ | {"DATA_DIR": str(data_dir)}
    subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True)


def _put_back(file: Path, data_dir: Path) -> None:
    """As docs/operations.md says."""
    for name in ("monitor.db-wal", "monitor.db-shm"):
        (data_dir / name).unlink(missing_ok=True)
    shutil.copy(file, data_dir / "monitor.db")
