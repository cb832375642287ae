from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from tests.conftest import BOTH_DATABASES
from tests.jobs.conftest import run_is, worker_process
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.rows import A_COMMAND, NOW, TIMEOUT, new_claim, new_monitor
from tests.together import together
from tests.waiting import until
from webapp import metrics
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Doorbell, Scheduler, start
from webapp.metrics import write_out
from webapp.models import Claim, MetricSample, Run, slots
from webapp.pipeline.run import close_lost, execute

SECOND = timedelta(seconds=1)
FAILS = A_COMMAND | {"command": "echo no >&2; exit 3"}


@pytest.fixture(autouse=True)
def _nothing_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process counted in other tests is none of a test's business."""
    monkeypatch.setattr(metrics, "_written", dict(metrics._counted()))


def counted(*, but: tuple[str, ...] = ("_bucket", "_sum")) -> dict[str, float]:
    """What the table has by now, each sample as Prometheus would write it."""
    db.session.rollback()
    return {
        f"{name.removeprefix('log_monitor_')}{labels}": value
        for (name, labels), value in MetricSample.all().items()
        if not name.endswith(but)
    }


@BOTH_DATABASES
def test_a_run_is_counted_by_what_came_out_and_how_long_it_took(
    app: Flask, settings: Settings
) -> None:
    execute(new_claim(new_monitor(), utc_now()), settings)

    write_out()

    assert counted() == {
        "run_duration_seconds_count{}": 1,
        'run_start_lag_seconds_count{"trigger": "manual"}': 1,
        'runs_total{"status": "ok", "trigger": "manual"}': 1,
        'stage_duration_seconds_count{"stage": "analyzing"}': 1,
        'stage_duration_seconds_count{"stage": "gathering"}': 1,
    }


def test_the_lag_of_a_scheduled_run_begins_at_its_slot(app: Flask, settings: Settings) -> None:
    monitor = new_monitor()
    with writing():
        monitor.next_run_at = NOW
    (run_id,) = slots.take_due(NOW + SECOND, 10).run_ids
    claim = Claim.take(run_id, NOW + 3 * SECOND, TIMEOUT)
    assert claim

    execute(claim, settings)
    write_out()

    lag = 'run_start_lag_seconds_{}{{"trigger": "schedule"}}'
    assert counted(but=())[lag.format("sum")] == 3
    assert counted(but=())['run_start_lag_seconds_bucket{"le": "5.0", "trigger": "schedule"}'] == 1
    assert 'run_start_lag_seconds_bucket{"le": "2.0", "trigger": "schedule"}' not in counted(but=())


def test_a_run_that_failed_is_counted_by_the_kind_of_its_error(
    app: Flask, settings: Settings
) -> None:
    execute(new_claim(new_monitor(inputs=[FAILS]), utc_now()), settings)

    write_out()

    assert counted()['run_errors_total{"kind": "inputs_failed"}'] == 1
    assert counted()['runs_total{"status": "error", "trigger": "manual"}'] == 1


def test_a_run_that_two_workers_lost_is_counted_as_one_error(
    app: Flask, settings: Settings
) -> None:
    first = new_claim(new_monitor(), utc_now())
    first.give_up("The worker failed.", NOW)
    second = Claim.take(first.run_id, utc_now(), TIMEOUT)
    assert second
    second.give_up("The worker failed.", NOW)
    (lost,) = Claim.take_lost(utc_now(), TIMEOUT, 10)

    close_lost(lost, settings)
    write_out()

    assert counted()['run_errors_total{"kind": "lost"}'] == 1
    assert counted()['runs_total{"status": "error", "trigger": "manual"}'] == 1


def test_a_run_that_is_finished_by_a_second_worker_is_counted_with_its_verdict(
    app: Flask, settings: Settings
) -> None:
    first = new_claim(new_monitor(), utc_now())
    first.record_verdict([], verdict="warn", summary="A disk fills up.")
    first.give_up("The worker failed.", NOW)
    second = Claim.take(first.run_id, utc_now(), TIMEOUT)
    assert second

    execute(second, settings)
    write_out()

    assert counted()["runs_taken_again_total{}"] == 1
    assert counted()['runs_total{"status": "warn", "trigger": "manual"}'] == 1


def test_tokens_of_a_model_and_secrets_in_a_log_are_counted(app: Flask, settings: Settings) -> None:
    speaks = A_COMMAND | {"command": "echo password=hunter2hunter2"}
    with Stub(good()) as stub:
        asked = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        claim = new_claim(new_monitor(inputs=[speaks]), utc_now())
        execute(claim, settings.model_copy(update=asked))

    write_out()

    tokens = 'llm_tokens_total{{"direction": "{}", "model": "openai:test-model"}}'
    assert counted()[tokens.format("input")] == 100
    assert counted()[tokens.format("output")] == 20
    assert counted()['redactions_total{"kind": "password"}'] == 1


class TestWithMail:
    @pytest.fixture
    def settings(self, settings: Settings) -> Iterator[Settings]:
        answers = {"busy@example.com": "451 later", "unknown@example.com": "550 no such user"}
        with smtp_server(Mailbox(answers)) as port:
            yield settings.model_copy(
                update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
            )

    def test_notifications_are_counted_by_what_became_of_them(
        self, app: Flask, settings: Settings
    ) -> None:
        told = {
            "email_recipients": ["ops@example.com", "busy@example.com", "unknown@example.com"],
            "sms_recipients": ["+15550100"],
            "notify_on": "all",
        }

        execute(new_claim(new_monitor(notification_config=told), utc_now()), settings)
        write_out()

        found = {name: n for name, n in counted().items() if name.startswith("notifications")}
        assert found == {
            'notifications_total{"channel": "email", "outcome": "failed"}': 1,
            'notifications_total{"channel": "email", "outcome": "retried"}': 1,
            'notifications_total{"channel": "email", "outcome": "sent"}': 1,
            'notifications_total{"channel": "sms", "outcome": "skipped"}': 1,
        }


@pytest.mark.usefixtures("valkey")
def test_slots_that_are_skipped_are_counted(app: Flask, settings: Settings) -> None:
    monitor = new_monitor()
    Run.start(monitor.id, "manual", NOW)
    with writing():
        monitor.next_run_at = NOW

    Scheduler(settings, app.extensions["doorbell"]).tick(NOW)
    write_out()

    assert counted() == {"slots_skipped_total{}": 1}


@BOTH_DATABASES
def test_what_could_not_be_written_is_written_the_next_time_and_nothing_twice(app: Flask) -> None:
    metrics.SLOTS_SKIPPED.inc()
    MetricSample.__table__.drop(db.engine)
    with pytest.raises(DBAPIError, match="metric_samples"):
        write_out()
    db.session.rollback()
    MetricSample.__table__.create(db.engine)
    metrics.SLOTS_SKIPPED.inc()

    write_out()
    write_out()

    assert counted() == {"slots_skipped_total{}": 2}


def test_many_threads_that_write_out_at_once_write_each_count_once(app: Flask) -> None:
    metrics.SLOTS_SKIPPED.inc(5)

    together(app, write_out, 8)

    assert counted() == {"slots_skipped_total{}": 5}


@pytest.mark.usefixtures("valkey")
@BOTH_DATABASES
def test_counts_of_several_worker_processes_are_summed_and_outlive_them(
    app: Flask, settings: Settings
) -> None:
    doorbell: Doorbell = app.extensions["doorbell"]
    for _ in range(2):
        monitors = [new_monitor() for _ in range(3)]
        with worker_process(settings) as one, worker_process(settings) as other:
            run_ids = [start(monitor.id, "manual", doorbell) for monitor in monitors]
            until(lambda run_ids=run_ids: all(run_is(run_id, "ok") for run_id in run_ids))
            for process in (one, other):
                process.terminate()
            for process in (one, other):
                process.wait(timeout=30)

    assert counted()['runs_total{"status": "ok", "trigger": "manual"}'] == 6
