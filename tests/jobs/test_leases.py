from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import ON_POSTGRESQL
from tests.held import held_by_another, impatient
from tests.rows import new_claim, new_monitor
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.leases import Leases
from webapp.models import Run


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    impatient(monkeypatch, lock_timeout=500)
    return settings


@ON_POSTGRESQL
def test_a_run_that_cannot_be_handed_back_keeps_no_other_from_it(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    claims = [new_claim(new_monitor(), utc_now()) for _ in range(3)]
    held = claims[1].run_id
    leases = Leases(app)

    with ExitStack() as stack:
        for claim in claims:
            stack.enter_context(leases.hold(claim))
        with held_by_another(f"SELECT id FROM runs WHERE id = {held}"):
            leases.close()

    statuses = select(Run.status).order_by(Run.id)
    assert db.session.scalars(statuses).all() == ["queued", "running", "queued"]
    (said,) = [record.msg for record in caplog.records if record.levelname == "WARNING"]
    assert (said["event"], said["run_id"]) == ("run not handed back", held)
