import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from tests.conftest import BOTH_DATABASES
from tests.processes import stopped
from tests.rows import finished_run, new_monitor
from tests.service import example_is_done, launched
from tests.valkey import valkey_server
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.health import check
from webapp.jobs import Doorbell
from webapp.models import Heartbeat, Run
from webapp.models.heartbeat import ALIVE

pytestmark = pytest.mark.takes(seconds=60)

PARTS = ("scheduler", "database", "queue", "workers", "llm")
NOT_KNOWN = "Not known, as the database does not answer."
MODEL = "openai:small"
NO_VERDICT = {"verdict": "error", "error_kind": "llm_unavailable", "error_message": "It is gone."}
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


@contextmanager
def stopped_between_writes(data_dir: Path, *processes: psutil.Process) -> Iterator[None]:
    """They hang, but hold nobody up: one that hangs while it writes has the database locked."""
    with ExitStack() as held:

        def stop() -> bool:
            held.close()
            held.enter_context(stopped(*processes))
            until(lambda: all(one.status() == psutil.STATUS_STOPPED for one in processes))
            return can_be_written(data_dir / "monitor.db")

        until(stop)
        yield


def can_be_written(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=0.5)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def timed(look: Look) -> tuple[int, dict[str, Any], float]:
    began = time.monotonic()
    status, health = look()
    return status, health, time.monotonic() - began


def failing(health: dict[str, Any]) -> dict[str, str]:
    return {part: health[part]["message"] for part in PARTS if not health[part]["ok"]}


@BOTH_DATABASES
@pytest.mark.usefixtures("valkey", "at_work")
def test_all_is_well_where_every_part_is(look: Look) -> None:
    dialect = db.engine.dialect.name

    status, health = look()

    assert status == 200
    assert {part: health[part].pop("since") for part in PARTS}.keys() == set(PARTS)
    assert health == {
        "status": "ok",
        "scheduler": {"ok": True, "message": "The scheduler is at work."},
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


@pytest.mark.usefixtures("valkey")
def test_those_who_have_fallen_silent_are_named(app: Flask, settings: Settings) -> None:
    now = utc_now()
    for kind in ("scheduler", "worker"):
        Heartbeat.beat(kind, "web-1:17", now - timedelta(seconds=40))

    health = check(settings, app.extensions["doorbell"], now)

    why = "it hangs, was killed, or has no database."
    assert failing(health.model_dump()) == {
        "scheduler": f"No scheduler has been heard of for 40 s (web-1:17): {why}",
        "workers": f"No worker has been heard of for 40 s (web-1:17): {why}",
    }


@pytest.mark.usefixtures("valkey", "at_work")
def test_a_worker_that_fell_silent_beside_one_that_works_is_told(
    app: Flask, settings: Settings
) -> None:
    now = utc_now()
    Heartbeat.beat("worker", "web-1:17", now - timedelta(seconds=40))

    health = check(settings, app.extensions["doorbell"], now)

    assert health.workers.ok
    assert health.workers.message == "1 worker at work, 1 silent for 40 s (web-1:17)."


@pytest.mark.usefixtures("valkey", "at_work")
def test_nobody_counts_as_dead_for_an_outage_of_the_database_that_has_just_ended(
    app: Flask, settings: Settings
) -> None:
    doorbell, later = app.extensions["doorbell"], utc_now() + timedelta(seconds=40)
    with closing(sqlite3.connect(settings.data_dir / "monitor.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        during = check(settings, doorbell, later)

    after = check(settings, doorbell, later + timedelta(seconds=1))
    settled = check(settings, doorbell, later + timedelta(seconds=17))

    assert failing(during.model_dump())["scheduler"] == NOT_KNOWN
    assert after.status == "ok"
    assert after.workers.message == (
        "Not known yet, as the database could not be written until just now."
    )
    assert set(failing(settled.model_dump())) == {"scheduler", "workers"}


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
def test_a_database_that_another_writer_holds_is_said_within_seconds(
    look: Look, settings: Settings
) -> None:
    with closing(sqlite3.connect(settings.data_dir / "monitor.db")) as other:
        other.execute("BEGIN IMMEDIATE")

        status, health, seconds = timed(look)

    assert (status, seconds < 10) == (503, True)
    assert health["database"]["message"] == "The database cannot be written: database is locked."


@pytest.mark.usefixtures("valkey", "at_work")
def test_a_disk_that_takes_no_more_is_said(look: Look) -> None:
    with no_file_may_grow():
        status, health = look()
    status_after, _ = look()

    assert (status, status_after) == (503, 200)
    assert health["database"]["message"] == "The database cannot be written: disk I/O error."


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("valkey", "at_work")
def test_a_database_that_may_only_be_read_is_said(look: Look, database: str) -> None:
    only_read = "ALTER DATABASE {} SET default_transaction_read_only = on"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(only_read.format(connection.info.dbname))
    db.session.remove()
    db.engine.dispose()

    status, health = look()

    assert status == 503
    assert "read-only transaction" in health["database"]["message"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("valkey", "at_work")
def test_a_database_server_that_hangs_is_said_within_seconds(look: Look, database: str) -> None:
    look()
    with psycopg.connect(database) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
        assert server
        with stopped(server, *server.children()):
            status, health, seconds = timed(look)
    until(lambda: look()[0] == 200)

    assert (status, seconds < 16) == (503, True)
    assert failing(health) == {
        "scheduler": NOT_KNOWN,
        "database": "The database cannot be written: it does not answer within 4 s.",
        "workers": NOT_KNOWN,
        "llm": NOT_KNOWN,
    }


@pytest.mark.usefixtures("at_work")
def test_a_queue_that_hangs_is_said_within_seconds(look: Look, settings: Settings) -> None:
    with valkey_server(settings.valkey_socket) as server:
        look()
        with stopped(psutil.Process(server.pid)):
            status, health, seconds = timed(look)
        until(lambda: look()[0] == 200)

    assert (status, seconds < 10) == (503, True)
    sentence = f"The queue at {settings.valkey_socket} does not answer within 3 s."
    assert failing(health) == {"queue": sentence}


@pytest.mark.usefixtures("valkey", "at_work")
def test_a_run_that_waits_too_long_is_said(app: Flask, settings: Settings) -> None:
    doorbell: Doorbell = app.extensions["doorbell"]
    now = utc_now()
    Run.start(new_monitor().id, "manual", now - timedelta(seconds=30))

    soon = check(settings, doorbell, now)
    late = check(settings, doorbell, now + timedelta(seconds=25))

    assert soon.status == "ok"
    assert failing(late.model_dump()) == {"queue": "A Run has waited for a worker for 55 s."}


@pytest.mark.timeout(240)
def test_processes_that_hang_turn_it_503_within_a_minute(tmp_path: Path) -> None:
    with launched(tmp_path / "data", WORKER_PROCESSES="1") as service:
        until(lambda: example_is_done(service))  # or it would wait for a worker, which shows too
        parts = service.parts()
        with stopped_between_writes(service.data_dir, parts["scheduler"], parts["worker"]):
            until(lambda: not service.well(), seconds=60)
            until(lambda: set(failing(service.curl("/health")[1])) == {"scheduler", "workers"})
        until(service.well)


@pytest.mark.usefixtures("valkey", "at_work")
def test_without_the_key_of_its_llm_nothing_is_well(app: Flask, settings: Settings) -> None:
    unfinished = settings.model_copy(update={"llm_model": "anthropic:some-model"})

    health = check(unfinished, app.extensions["doorbell"], utc_now())

    (message,) = failing(health.model_dump()).values()
    assert health.llm.ok is False
    assert "ANTHROPIC_API_KEY" in message


@pytest.mark.usefixtures("valkey", "at_work")
def test_an_llm_that_failed_of_late_is_named_until_it_judges_again(
    app: Flask, settings: Settings
) -> None:
    mine = settings.model_copy(update={"llm_model": MODEL, "openai_api_key": SecretStr("sk-x")})
    monitor = new_monitor()
    failed = finished_run(monitor, utc_now(), llm_model=MODEL, **NO_VERDICT)

    during = check(mine, app.extensions["doorbell"], utc_now())
    finished_run(monitor, utc_now(), llm_model=MODEL)
    after = check(mine, app.extensions["doorbell"], utc_now())

    assert failing(during.model_dump()) == {"llm": f"Run {failed} failed: It is gone."}
    assert (after.status, after.llm.message) == ("ok", f"{MODEL} judges.")


@pytest.mark.usefixtures("valkey", "at_work")
def test_a_monitors_own_llm_speaks_neither_for_nor_against_that_of_the_installation(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    mine = settings.model_copy(update={"llm_model": MODEL, "openai_api_key": SecretStr("sk-x")})
    own, other = new_monitor(llm_model="openai:large"), new_monitor()

    finished_run(own, utc_now(), llm_model="openai:large", **NO_VERDICT)
    its_failure = check(mine, app.extensions["doorbell"], utc_now())
    failed = finished_run(other, utc_now(), llm_model=MODEL, **NO_VERDICT)
    finished_run(own, utc_now(), llm_model="openai:large")
    its_verdict = check(mine, app.extensions["doorbell"], utc_now())

    assert its_failure.status == "ok"
    assert failing(its_verdict.model_dump()) == {"llm": f"Run {failed} failed: It is gone."}


@pytest.mark.usefixtures("valkey", "at_work")
def test_a_monitors_own_llm_that_fails_is_said_at_that_monitor_alone(
    app: Flask, client: FlaskClient, look: Look
) -> None:
    own = new_monitor(llm_model=MODEL)
    finished_run(own, utc_now(), llm_model=MODEL, **NO_VERDICT)

    status, health = look()
    overview = client.get("/", headers={"Accept": "text/html"}).text

    assert (status, failing(health)) == (200, {})
    assert own.standing and own.standing.sentence == "It is gone."
    assert "It is gone." in overview
    assert "Run 1 failed" not in overview


@pytest.mark.usefixtures("valkey", "at_work")
def test_an_llm_that_is_out_is_named_though_another_judges(app: Flask, settings: Settings) -> None:
    keys = {"llm_model": MODEL, "llm_fallback": "openai:large", "openai_api_key": SecretStr("sk-x")}
    calls = [{"error": "It is gone.", "status": None, "input_tokens": None}]
    judged = {"llm_model": "openai:large", "instead_of": MODEL, "calls": calls}
    run = finished_run(new_monitor(), utc_now(), **judged)

    health = check(settings.model_copy(update=keys), app.extensions["doorbell"], utc_now())

    assert health.llm.message == f"At Run {run} openai:large judged in its place: It is gone."
