from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.rows import finished_run, new_monitor
from webapp.clock import iso, utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.health import check
from webapp.jobs import Doorbell
from webapp.models import Heartbeat
from webapp.models.heartbeat import ALIVE

PARTS = ("scheduler", "database", "queue", "workers", "llm")
NOT_KNOWN = "Not known, as the database does not answer."
Look = Callable[[], tuple[int, dict[str, Any]]]


@pytest.fixture
def look(client: FlaskClient) -> Look:
    """What GET /health answers."""

    def get() -> tuple[int, dict[str, Any]]:
        answer = client.get("/health")
        return answer.status_code, answer.get_json()

    return get


@pytest.fixture
def at_work(app: Flask) -> None:
    Heartbeat.beat("scheduler", "one", utc_now())
    Heartbeat.beat("worker", "one", utc_now())


def failing(health: dict[str, Any]) -> dict[str, str]:
    return {part: health[part]["message"] for part in PARTS if not health[part]["ok"]}


@BOTH_DATABASES
@pytest.mark.usefixtures("valkey", "at_work")
def test_all_is_well_where_every_part_is(look: Look) -> None:
    beat = Heartbeat.alive("scheduler", utc_now())[0].beat_at
    dialect = db.engine.dialect.name

    status, health = look()

    assert status == 200
    assert health == {
        "status": "ok",
        "scheduler": {"ok": True, "message": f"The scheduler was last seen at {iso(beat)}."},
        "database": {"ok": True, "message": f"The {dialect} database can be written."},
        "queue": {"ok": True, "message": "No job waits."},
        "workers": {"ok": True, "message": "1 worker at work."},
        "llm": {
            "ok": True,
            "message": "The built-in reading judges; no LLM_MODEL is set.",
        },
    }


@pytest.mark.usefixtures("valkey", "at_work")
def test_without_a_scheduler_nothing_is_well(look: Look) -> None:
    Heartbeat.stop("scheduler", "one")

    status, health = look()

    assert (status, health["status"]) == (503, "failing")
    assert failing(health) == {"scheduler": "No scheduler runs, so nothing starts by itself."}


@pytest.mark.usefixtures("valkey", "at_work")
def test_without_a_worker_nothing_is_well(look: Look) -> None:
    Heartbeat.stop("worker", "one")

    status, health = look()

    assert (status, health["status"]) == (503, "failing")
    assert failing(health) == {"workers": "No worker runs, so Runs stay queued."}


@pytest.mark.usefixtures("valkey", "at_work")
def test_a_process_that_has_not_been_heard_of_for_a_while_counts_as_none(
    app: Flask, settings: Settings
) -> None:
    doorbell: Doorbell = app.extensions["doorbell"]

    health = check(settings, doorbell, utc_now() + ALIVE + timedelta(seconds=1))

    assert set(failing(health.model_dump())) == {"scheduler", "workers"}


@pytest.mark.usefixtures("at_work")
def test_without_a_queue_nothing_is_well(look: Look, settings: Settings) -> None:
    status, health = look()

    socket = settings.valkey_socket
    assert (status, health["status"]) == (503, "failing")
    assert failing(health) == {
        "queue": f"The queue at {socket} does not answer: "
        f"Error 2 connecting to {socket}. No such file or directory."
    }


@pytest.mark.usefixtures("valkey", "at_work")
def test_without_a_database_nothing_is_well(look: Look, settings: Settings) -> None:
    db.session.remove()
    db.engine.dispose()
    (settings.data_dir / "monitor.db").write_bytes(b"this is no database" * 1000)

    status, health = look()

    assert (status, health["status"]) == (503, "failing")
    assert failing(health) == {
        "scheduler": NOT_KNOWN,
        "database": "The database cannot be written: file is not a database.",
        "workers": NOT_KNOWN,
        "llm": NOT_KNOWN,
    }


@pytest.mark.usefixtures("valkey", "at_work")
def test_without_the_key_of_its_llm_nothing_is_well(app: Flask, settings: Settings) -> None:
    unfinished = settings.model_copy(update={"llm_model": "anthropic:some-model"})

    health = check(unfinished, app.extensions["doorbell"], utc_now())

    (message,) = failing(health.model_dump()).values()
    assert health.llm.ok is False
    assert "ANTHROPIC_API_KEY" in message


@pytest.mark.usefixtures("valkey", "at_work")
def test_an_llm_that_failed_of_late_is_named_until_it_judges_again(look: Look) -> None:
    monitor = new_monitor()
    error = {"verdict": "error", "error_kind": "llm_unavailable", "error_message": "It is gone."}
    failed = finished_run(monitor, utc_now(), **error)

    status, health = look()
    finished_run(monitor, utc_now(), llm_model="openai:small")
    status_after, _ = look()

    assert (status, status_after) == (503, 200)
    assert failing(health) == {"llm": f"Run {failed} failed: It is gone."}
