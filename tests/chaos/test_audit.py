"""The witness sees what is wrong; else its silence would say nothing."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from tests.chaos import audit
from tests.chaos.named import teach_connections
from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, TIMEOUT, new_claim, new_monitor
from webapp.clock import utc_now
from webapp.extensions import db, writing
from webapp.models import Claim, Run
from webapp.models.claim import LEASE, beat

pytestmark = [BOTH_DATABASES, pytest.mark.usefixtures("witness")]


@pytest.fixture
def witness(app: Flask) -> None:
    teach_connections()
    db.engine.dispose()  # of those that were made before
    with db.engine.begin() as connection:
        audit.install(connection)


def seen_faults() -> list[str]:
    db.session.rollback()
    with db.engine.connect() as connection:
        return audit.faults(audit.writes(connection))


def forge(run_id: int, **values: object) -> None:
    """Write to the Run as nothing of ours would."""
    with writing():
        db.session.execute(update(Run).where(Run.id == run_id).values(**values))


def carried_out(claim: Claim) -> int:
    claim.record(stage="gathering")
    beat([claim], NOW + timedelta(seconds=10))
    claim.record(stage="analyzing", logs_text="all is well")
    claim.record_verdict([], verdict="ok", summary="All is well.")
    claim.finish(NOW, keep=200)
    return claim.run_id


def test_a_run_of_one_holder_has_no_fault() -> None:
    carried_out(new_claim(new_monitor()))

    assert seen_faults() == []


def test_a_run_whose_holders_came_one_after_the_other_has_no_fault() -> None:
    monitor = new_monitor()
    first = new_claim(monitor)
    first.record(stage="gathering")
    Run.rung([first.run_id], NOW + LEASE)
    handed_back = Claim.take(first.run_id, NOW + LEASE, TIMEOUT)
    assert handed_back
    handed_back.hand_back(NOW + LEASE)
    third = Claim.take(first.run_id, NOW + LEASE, TIMEOUT)
    assert third
    carried_out(third)
    lost = new_claim(monitor)
    Claim.take(lost.run_id, NOW + LEASE, TIMEOUT)
    (closing,) = Claim.take_lost(NOW + 2 * LEASE, TIMEOUT, 10)
    closing.record_verdict([], verdict="error", error_kind="lost")
    closing.finish(NOW, keep=200)

    assert seen_faults() == []


def test_a_run_that_is_taken_while_its_lease_runs_is_a_fault() -> None:
    claim = new_claim(new_monitor(), utc_now())

    forge(claim.run_id, token="another", attempt=2)

    assert ["taken by" in fault for fault in seen_faults()] == [True]


def test_a_write_after_the_end_is_a_fault() -> None:
    run_id = carried_out(new_claim(new_monitor()))

    forge(run_id, summary="Or is it?")

    first, second = seen_faults()
    assert first.startswith(f"run {run_id}: written after its end, by ")
    assert second.endswith(", and held by nobody")


def test_a_second_verdict_is_a_fault() -> None:
    claim = new_claim(new_monitor())
    claim.record_verdict([], verdict="ok", summary="All is well.")

    claim.record_verdict([], verdict="alert", summary="Nothing is well.")

    assert seen_faults() == [f"run {claim.run_id}: judged ok and then alert"]


def test_a_holder_whose_token_was_replaced_and_who_comes_back_is_a_fault() -> None:
    claim = new_claim(new_monitor())
    Claim.take(claim.run_id, NOW + LEASE, TIMEOUT)

    forge(claim.run_id, token=claim.token, lease_until=NOW)

    assert f"run {claim.run_id}: taken anew with a token that was replaced" in seen_faults()


def test_a_stage_that_one_holder_records_twice_is_a_fault() -> None:
    claim = new_claim(new_monitor())
    for stage in ("gathering", "analyzing", "gathering"):
        claim.record(stage=stage)

    assert seen_faults() == [f"run {claim.run_id}: gathering twice under one token"]


def test_a_third_attempt_is_a_fault() -> None:
    claim = new_claim(new_monitor())
    Claim.take(claim.run_id, NOW + LEASE, TIMEOUT)

    forge(claim.run_id, token="third", attempt=3)

    assert f"run {claim.run_id}: attempt 3 after attempt 2" in seen_faults()
