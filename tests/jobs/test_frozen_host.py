"""A host that freezes inside a transaction, which on PostgreSQL holds rows."""

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import InternalError

from tests.conftest import ON_POSTGRESQL
from tests.held import held_by_another, impatient
from tests.rows import NOW, new_monitor
from tests.waiting import until
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Scheduler
from webapp.models import Heartbeat, Run


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    impatient(monkeypatch, idle_in_transaction_session_timeout=1000)
    return settings


def runs() -> int | None:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Run))


@ON_POSTGRESQL
@pytest.mark.usefixtures("valkey")
def test_a_monitor_that_a_frozen_scheduler_holds_starts_within_seconds(
    app: Flask, scheduler: Scheduler
) -> None:
    new_monitor().run_next(NOW)

    with held_by_another("SELECT id FROM monitors") as frozen:
        scheduler.tick(NOW)
        while_held = runs()
        until(lambda: scheduler.tick(NOW) or runs())
        with pytest.raises(InternalError, match="idle-in-transaction timeout"):
            frozen.execute(text("SELECT 1"))

    assert (while_held, runs()) == (0, 1)


@ON_POSTGRESQL
def test_one_that_was_frozen_writes_nothing_of_what_it_began_and_goes_on(app: Flask) -> None:
    with pytest.raises(InternalError), writing():
        Heartbeat.sign("worker", "stale", NOW)
        until(lambda: not others_are_held())
        db.session.execute(text("SELECT 1"))
    Heartbeat.beat("worker", "awake", NOW)

    assert [beat.name for beat in Heartbeat.alive("worker", NOW)] == ["awake"]


def others_are_held() -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    with db.engine.connect() as connection:
        return bool(connection.scalar(text(query)))
