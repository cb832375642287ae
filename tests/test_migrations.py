from typing import Any

import flask_migrate
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, select, text

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, finished_run, new_monitor
from webapp.database import upgrade
from webapp.extensions import db
from webapp.models import LlmUsage, Run, Standing


@BOTH_DATABASES
def test_migrations_give_exactly_the_tables_of_the_models(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, db.metadata)

    assert differences == []


@BOTH_DATABASES
def test_migrations_give_the_partial_indexes_of_the_models(app: Flask) -> None:
    found = _partial_indexes()
    db.session.remove()
    with db.engine.begin() as connection:
        db.metadata.drop_all(connection)
        db.metadata.create_all(connection)

    made_from_the_models = _partial_indexes()

    assert found == made_from_the_models
    assert set(found) == {
        "ix_monitors_due",
        "ix_notifications_pending",
        "ix_runs_bad",
        "ix_runs_live_status",
        "ix_runs_to_learn",
        "uq_runs_live",
    }


@BOTH_DATABASES
def test_migrations_can_be_taken_back_and_made_again(app: Flask) -> None:
    tables = set(inspect(db.engine).get_table_names())

    flask_migrate.downgrade(revision="base")
    left = set(inspect(db.engine).get_table_names())
    flask_migrate.upgrade()

    assert left == {"alembic_version"}
    assert set(inspect(db.engine).get_table_names()) == tables


def _partial_indexes() -> dict[str, Any]:
    """The condition of each, which compare_metadata leaves out."""
    query = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql LIKE '% WHERE %'",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '% WHERE %'",
    }
    with db.engine.connect() as connection:
        rows = connection.execute(text(query[db.engine.dialect.name]))
        return {name: " ".join(definition.split()) for name, definition in rows}


@BOTH_DATABASES
def test_runs_of_the_first_version_are_kept_and_those_that_wait_go_on_waiting(app: Flask) -> None:
    done, waiting = finished_run(new_monitor()), Run.start(new_monitor().id, "manual", NOW)[0]
    flask_migrate.downgrade(revision="0001")
    columns = {column["name"] for column in inspect(db.engine).get_columns("runs")}

    upgrade()

    db.session.rollback()
    runs = db.session.execute(select(Run.id, Run.status, Run.queued_at).order_by(Run.id)).all()
    assert "queued_at" not in columns
    assert runs == [(done, "ok", None), (waiting, "queued", NOW)]


@BOTH_DATABASES
def test_the_new_lists_know_what_was_there_before(app: Flask) -> None:
    monitor = new_monitor()
    judged = {"llm_model": "openai:gpt-5-mini", "input_tokens": 10, "output_tokens": 2}
    finished_run(monitor, NOW, verdict="alert", summary="The shop is down.", **judged)
    newest = finished_run(monitor, NOW, **judged, cost_usd=0.5)
    Run.start(monitor.id, "manual", NOW)
    flask_migrate.downgrade(revision="0002")

    upgrade()

    db.session.rollback()
    columns = (Standing.run_id, Standing.status, Standing.sentence, Standing.since)
    assert db.session.execute(select(*columns)).all() == [(newest, "ok", "All is well.", NOW)]
    assert LlmUsage.since(NOW.date()) == (2, 20, 4, 0.5, 1, 0)
