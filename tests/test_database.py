"""Migrations as a whole, and refusals of what is not the schema of this program."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import inspect, text

from tests.conftest import BOTH_DATABASES
from tests.processes import killed_afterwards
from tests.rows import NOW, finished_run, new_claim, new_monitor, new_target
from tests.waiting import until
from webapp import MIGRATIONS, create_app, database, example
from webapp.config import Settings
from webapp.database import WrongSchema
from webapp.extensions import db
from webapp.launch import prepare_database
from webapp.models import Monitor, Run, Target

ROOT = Path(__file__).parent.parent
HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()
# A migration that makes `monitors` anew, as SQLite has to for nearly any change.
MAKE_ANEW = """
    with op.batch_alter_table('monitors') as batch_op:
        batch_op.alter_column('prompt', existing_type=sa.Text(), nullable=False)
"""
UPGRADE = """
from webapp import create_app, database
app = create_app()
app.extensions["migrate"].migrate.directory = {folder!r}
with app.app_context():
    database.upgrade()
"""


def next_migration(folder: Path, body: str) -> str:
    """The folder of all migrations and of one more, that does `body`."""
    shutil.copytree(MIGRATIONS, folder / "migrations")
    (folder / "migrations" / "versions" / "next.py").write_text(
        "import pathlib, time\nimport sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = 'next'\ndown_revision = '{HEAD}'\n\ndef upgrade():{body}"
    )
    return str(folder / "migrations")


@contextmanager
def migrations_of(app: Flask, folder: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.extensions["migrate"].migrate, "directory", folder)
        yield


def upgrading(settings: Settings, folder: str) -> subprocess.Popen[str]:
    """A process that runs the migrations of the folder."""
    told = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url or ""}
    return subprocess.Popen(
        [sys.executable, "-c", UPGRADE.format(folder=folder)],
        cwd=ROOT,
        env=os.environ | told,
        stderr=subprocess.PIPE,
        text=True,
    )


def kept() -> dict[str, Any]:
    """All columns and all rows of all tables."""
    db.session.rollback()
    with db.engine.connect() as connection:
        look = inspect(connection)
        return {
            table: (
                [column["name"] for column in look.get_columns(table)],
                connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all(),
            )
            for table in look.get_table_names()
        }


def execute(*statements: str) -> None:
    db.session.rollback()
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@BOTH_DATABASES
def test_a_migration_that_fails_changes_nothing(app: Flask, tmp_path: Path) -> None:
    finished_run(new_monitor())
    before = kept()
    folder = next_migration(
        tmp_path,
        MAKE_ANEW
        + """
    op.add_column('targets', sa.Column('half', sa.Integer()))
    op.execute('DELETE FROM runs')
    raise ValueError('no further')
""",
    )

    with migrations_of(app, folder), pytest.raises(ValueError, match="no further"):
        database.upgrade()

    assert kept() == before


@BOTH_DATABASES
def test_a_migration_that_is_killed_changes_nothing_and_the_next_start_ends_it(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    finished_run(new_monitor())
    before = kept()
    half, go_on = tmp_path / "half", tmp_path / "go on"
    folder = next_migration(
        tmp_path,
        MAKE_ANEW
        + f"""
    op.execute("UPDATE targets SET name = 'half'")
    pathlib.Path({str(half)!r}).touch()
    while not pathlib.Path({str(go_on)!r}).exists():
        time.sleep(0.01)
    op.execute("UPDATE targets SET name = 'whole'")
""",
    )

    with upgrading(settings, folder) as killed:
        until(half.exists)
        killed.kill()
    after_the_kill = kept()
    go_on.touch()
    with upgrading(settings, folder) as second:
        _, said = second.communicate(timeout=60)

    assert killed.returncode == -signal.SIGKILL
    assert after_the_kill == before
    assert (second.returncode, said) == (0, "")
    assert [target.name for target in Target.all()] == ["whole"]
    assert len(db.session.query(Run).all()) == 1


@BOTH_DATABASES
def test_a_table_that_is_made_anew_keeps_what_hangs_on_it(app: Flask, tmp_path: Path) -> None:
    claim = new_claim(new_monitor())
    letter = {"channel": "email", "recipient": "ops@example.com", "due_at": NOW}
    claim.record_verdict([letter], verdict="alert")
    claim.finish(NOW, 200)
    before = kept()
    folder = next_migration(tmp_path, MAKE_ANEW)

    with migrations_of(app, folder):
        database.upgrade()

    after = kept()
    assert after.pop("alembic_version") != before.pop("alembic_version")
    assert after == before
    assert len(after["notifications"][1]) == 1
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_migration_that_would_leave_rows_without_their_monitor_is_refused(
    app: Flask, tmp_path: Path
) -> None:
    finished_run(new_monitor())
    before = kept()
    folder = next_migration(tmp_path, "\n    op.execute('DELETE FROM monitors')\n")

    with (
        migrations_of(app, folder),
        pytest.raises(WrongSchema, match="rows of runs, standings would name"),
    ):
        database.upgrade()

    assert kept() == before


WRONG = {
    "a column is missing": (
        ["ALTER TABLE monitors DROP COLUMN llm_model"],
        "column monitors.llm_model is missing",
    ),
    "a column is too many": (
        ["ALTER TABLE runs ADD COLUMN half INTEGER"],
        "column runs.half is too many",
    ),
    "a table is missing": (["DROP TABLE heartbeats"], "table heartbeats is missing"),
    "an index is missing": (["DROP INDEX uq_runs_live"], "index uq_runs_live is missing"),
    "a table is half made": (
        ["CREATE TABLE _alembic_tmp_runs (id INTEGER)"],
        "a table _alembic_tmp_runs that was half made",
    ),
    "the version is empty": (["DELETE FROM alembic_version"], "does not say of which version"),
    "there is no version": (["DROP TABLE alembic_version"], "does not say of which version"),
    "the version is newer": (
        ["UPDATE alembic_version SET version_num = 'newer'"],
        "was made by a newer version",
    ),
}


@BOTH_DATABASES
@pytest.mark.parametrize(("damage", "said"), WRONG.values(), ids=WRONG)
def test_a_schema_that_is_not_what_it_says_is_refused_and_left_as_it_is(
    app: Flask, damage: list[str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    finished_run(new_monitor())
    execute(*damage)
    before = kept()

    with pytest.raises(WrongSchema) as refusal:
        database.upgrade()
    by_hand = app.test_cli_runner().invoke(args=["db", "upgrade"])
    with pytest.raises(WrongSchema):  # as each part does at its start
        database.check()

    assert said in str(refusal.value)
    assert "left" in str(refusal.value)
    assert by_hand.exit_code == 1
    assert [line.message for line in caplog.records] == [f"Error: {refusal.value}"]
    assert kept() == before


@BOTH_DATABASES
def test_who_goes_back_to_an_older_schema_is_not_asked_for_the_newest(app: Flask) -> None:
    script = ScriptDirectory(str(MIGRATIONS)).get_revision(HEAD)
    assert script and isinstance(script.down_revision, str)

    back = app.test_cli_runner().invoke(args=["db", "downgrade"])
    there = app.test_cli_runner().invoke(args=["db", "upgrade", script.down_revision])

    assert (back.exit_code, there.exit_code) == (0, 0)
    assert kept()["alembic_version"][1] == [(script.down_revision,)]


@BOTH_DATABASES
def test_a_table_and_an_index_of_somebody_else_do_no_harm(app: Flask) -> None:
    execute("CREATE TABLE diaries (words TEXT)", "CREATE INDEX mine ON runs (summary)")

    database.upgrade()
    database.check()


@BOTH_DATABASES
def test_two_that_migrate_at_once_do_not_stand_in_each_others_way(settings: Settings) -> None:
    both = [upgrading(settings, str(MIGRATIONS)) for _ in range(2)]

    said = [process.communicate(timeout=60)[1] for process in both]

    assert (said, [process.returncode for process in both]) == (["", ""], [0, 0])


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (HEAD, None),
        ("0001", f"is of version 0001, and this program needs {HEAD}. Run: flask --app webapp"),
        ("newer", "is of version newer, which this program does not know"),
        (None, f"is missing, and this program needs {HEAD}. Run: flask --app webapp"),
    ],
)
def test_a_process_that_does_not_migrate_asks_for_the_version(
    app: Flask, version: str | None, said: str | None
) -> None:
    if version:
        execute(f"UPDATE alembic_version SET version_num = '{version}'")
    else:
        execute("DROP TABLE alembic_version")

    found = None
    try:
        database.check()
    except WrongSchema as refusal:
        found = str(refusal)

    assert (found is None) == (said is None)
    assert not said or said in str(found)


def said_by_parts(settings: Settings) -> list[tuple[int, str]]:
    """How each part that does not migrate ended, and what it said."""
    serve = ["-m", "gunicorn", "--config", "webapp/gunicorn.py", "webapp:create_app()"]
    told = {"DATA_DIR": str(settings.data_dir), "REDIS_URL": "unix:///nowhere", "PORT": "1"}
    parts = [
        subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=os.environ | told,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in (["worker.py"], ["scheduler.py"], serve)
    ]
    said = [part.communicate(timeout=60)[1] for part in parts]
    return [(part.returncode, words) for part, words in zip(parts, said, strict=True)]


def test_parts_that_are_started_on_a_database_without_tables_end_with_a_sentence(
    settings: Settings,
) -> None:
    sentence = (
        "AI Log Monitor does not start.\n"
        f"The database's schema is missing, and this program needs {HEAD}. "
        "Run: flask --app webapp db upgrade\n"
    )

    assert said_by_parts(settings) == [(1, sentence)] * 3


def test_parts_that_are_started_on_a_half_made_schema_end_with_a_sentence(
    app: Flask, settings: Settings
) -> None:
    execute("ALTER TABLE runs DROP COLUMN summary")
    sentence = (
        "AI Log Monitor does not start.\n"
        "The database's schema is not what its version says: column runs.summary is missing. It "
        "was left as it is. Restore a backup that was made before the upgrade that failed.\n"
    )

    assert said_by_parts(settings) == [(1, sentence)] * 3


def test_a_part_waits_for_the_one_who_migrates(settings: Settings) -> None:
    told = {"DATA_DIR": str(settings.data_dir), "REDIS_URL": "unix:///nowhere"}
    words = [sys.executable, "scheduler.py"]
    with killed_afterwards(subprocess.Popen(words, cwd=ROOT, env=os.environ | told)) as early:
        prepare_database(settings)
        until(lambda: list((settings.data_dir / "alive").glob("scheduler-*")))
        early.terminate()
        early.wait(timeout=60)

    assert early.returncode == 0


def test_a_new_database_gets_the_example_and_one_that_was_emptied_does_not(
    settings: Settings,
) -> None:
    prepare_database(settings)
    with create_app(settings).app_context():
        made = [(monitor.name, monitor.target.name) for monitor in Monitor.all()]
        for monitor in Monitor.all():
            monitor.delete()
        db.session.remove()
        db.engine.dispose()

    prepare_database(settings)

    with create_app(settings).app_context():
        left = Monitor.all()
        db.session.remove()
        db.engine.dispose()
    assert made == [("This machine", "local")]
    assert left == []


def test_a_start_that_was_killed_after_the_migration_gives_the_example_later(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_now: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(example, "add", killed)  # no other way to end it just there
        with pytest.raises(KeyboardInterrupt):
            prepare_database(settings)

    prepare_database(settings)

    with create_app(settings).app_context():
        names = [monitor.name for monitor in Monitor.all()]
        db.session.remove()
        db.engine.dispose()
    assert names == ["This machine"]


def test_an_example_that_was_begun_is_completed_and_never_doubled(app: Flask) -> None:
    new_target("local")

    example.add(NOW)
    example.add(NOW)

    assert [target.name for target in Target.all()] == ["local"]
    assert [monitor.name for monitor in Monitor.all()] == ["This machine"]
