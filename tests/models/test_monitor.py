from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.rows import (
    A_COMMAND,
    NOW,
    finished_run,
    new_claim,
    new_monitor,
    new_source,
    new_target,
)
from webapp.extensions import db
from webapp.models import Monitor, MonitorTag, Notification, Run, slots
from webapp.models.monitor import is_muted, label_of
from webapp.schemas import Invalid

MINUTE = timedelta(minutes=1)


def errors_of(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {error.field: error.message for error in refusal.value.errors}


@BOTH_DATABASES
def test_a_monitor_that_is_paused_is_not_due_until_it_is_resumed(app: Flask) -> None:
    monitor = new_monitor(interval_seconds=300)

    monitor.pause()
    paused = (monitor.paused, monitor.next_run_at)
    while_paused = slots.take_due(NOW + timedelta(days=1), 10)
    monitor.resume(NOW + timedelta(days=1))

    assert paused == (True, None)
    assert while_paused == (0, [], 0)
    assert monitor.paused is False
    assert monitor.next_run_at is not None
    assert timedelta(0) <= monitor.next_run_at - (NOW + timedelta(days=1)) < MINUTE


def test_resuming_a_monitor_that_runs_does_not_move_its_schedule(app: Flask) -> None:
    monitor = new_monitor()
    planned = monitor.next_run_at

    monitor.resume(NOW + timedelta(hours=1))

    assert monitor.next_run_at == planned


def test_a_monitor_created_paused_has_no_slot(app: Flask) -> None:
    assert new_monitor(paused=True).next_run_at is None


def test_a_change_moves_the_next_run_only_if_the_schedule_changed(app: Flask) -> None:
    monitor = new_monitor(interval_seconds=300)
    planned = monitor.next_run_at
    later = NOW + timedelta(hours=1)

    monitor.change({"name": "Till"}, later)
    after_a_new_name = monitor.next_run_at
    monitor.change({"interval_seconds": 600}, later)
    after_a_new_interval = monitor.next_run_at
    monitor.change({"paused": True}, later)

    assert monitor.name == "Till"
    assert after_a_new_name == planned
    assert after_a_new_interval is not None
    assert later <= after_a_new_interval < later + MINUTE
    assert monitor.next_run_at is None


@BOTH_DATABASES
def test_a_monitor_is_deleted_with_its_runs_and_their_notifications(app: Flask) -> None:
    doomed, other = new_monitor(), new_monitor()
    kept = finished_run(other)
    claim = new_claim(doomed)
    letter = {"channel": "email", "recipient": "ops@example.com", "due_at": NOW}
    claim.record_verdict([letter], verdict="alert")
    claim.finish(NOW, 200)
    Run.start(doomed.id, "manual", NOW)

    doomed.delete()

    assert db.session.scalars(select(Monitor.id)).all() == [other.id]
    assert db.session.scalars(select(Run.id)).all() == [kept]
    assert db.session.scalars(select(Notification.id)).all() == []


@BOTH_DATABASES
def test_the_id_of_a_deleted_run_is_never_given_again(app: Flask) -> None:
    doomed, other = new_monitor(), new_monitor()
    last = finished_run(doomed)

    doomed.delete()

    assert finished_run(other) == last + 1


def test_what_a_monitor_reads_has_to_be_there(app: Flask) -> None:
    with pytest.raises(Invalid) as refusal:
        new_monitor(log_source_id=77, target_id=78)

    assert errors_of(refusal) == {
        "log_source_id": "There is no LogSource 77.",
        "target_id": "There is no Target 78.",
    }
    assert Monitor.all() == []


def test_a_monitor_does_not_read_a_log_source_on_another_target(app: Flask) -> None:
    source, elsewhere = new_source(new_target("a")), new_target("b")

    with pytest.raises(Invalid) as refusal:
        new_monitor(log_source_id=source.id, target_id=elsewhere.id)

    assert errors_of(refusal) == {
        "target_id": "The LogSource lies on another Target; leave this out."
    }


def test_an_input_is_read_in_a_way_that_its_target_knows(app: Flask) -> None:
    engine = new_target("engine", type="docker_host")
    a_file = {"label": "FILE", "mode": "file", "config": {"path": "/var/log/syslog"}}

    with pytest.raises(Invalid) as refusal:
        new_monitor(target_id=engine.id, inputs=[A_COMMAND, a_file])

    assert errors_of(refusal) == {
        "inputs.1.mode": "A Target of type docker_host cannot be read by mode file."
    }


def test_an_input_needs_a_config_where_the_log_source_has_none_for_it(app: Flask) -> None:
    source = new_source(new_target())
    of_the_source = {"label": "FILE", "mode": "file"}
    of_nobody = {"label": "CONTAINER", "mode": "docker_logs"}

    with pytest.raises(Invalid) as refusal:
        new_monitor(log_source_id=source.id, inputs=[of_the_source, of_nobody])

    assert errors_of(refusal) == {
        "inputs.1.config": "This is required, as the Monitor's LogSource is not of mode "
        "docker_logs."
    }


def test_a_change_that_is_refused_changes_nothing(app: Flask) -> None:
    monitor = new_monitor()

    with pytest.raises(Invalid):
        monitor.change({"name": "Till", "log_source_id": 77}, NOW)

    db.session.refresh(monitor)
    assert (monitor.name, monitor.log_source_id) == ("Shop", None)


def test_a_monitor_without_inputs_reads_its_log_source(app: Flask) -> None:
    source = new_source(new_target(), name="btc-bot docker.log")

    monitor = new_monitor(log_source_id=source.id, inputs=[])

    assert monitor.effective_inputs() == [
        {"label": "BTC_BOT_DOCKER_LOG", "mode": "file", "config": {"path": "/a/log"}}
    ]
    assert monitor.target == source.target


def test_a_log_source_keeps_its_mode_while_an_input_reads_it_so(app: Flask) -> None:
    source = new_source(new_target())
    monitor = new_monitor(log_source_id=source.id, inputs=[{"label": "FILE", "mode": "file"}])
    change = {"mode": "docker_logs", "config": {"container_name": "shop"}}

    with pytest.raises(Invalid) as refusal:
        source.change(change)

    assert errors_of(refusal) == {
        "mode": f"Monitor “Shop” ({monitor.id}) could not be read then: "
        "This is required, as the Monitor's LogSource is not of mode file."
    }
    assert source.mode == "file"


def test_an_input_without_a_config_reads_the_log_source(app: Flask) -> None:
    source = new_source(new_target())
    own = {"label": "OWN", "mode": "file", "config": {"path": "/b/log"}}

    monitor = new_monitor(
        log_source_id=source.id, inputs=[{"label": "FILE", "mode": "file"}, own, A_COMMAND]
    )

    read = [(i["label"], i["mode"], i.get("config")) for i in monitor.effective_inputs()]
    assert read == [
        ("FILE", "file", {"path": "/a/log"}),
        ("OWN", "file", {"path": "/b/log"}),
        ("LOGS", "command", None),
    ]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("btc-bot docker.log", "BTC_BOT_DOCKER_LOG"),
        ("Zürich", "ZÜRICH"),
        ("—", "LOGS"),
        ("x" * 200, "X" * 64),
    ],
)
def test_the_name_of_a_log_source_makes_a_label(name: str, label: str) -> None:
    assert label_of(name) == label


def test_the_latest_run_is_the_one_that_began_last(app: Flask) -> None:
    monitor, other = new_monitor(), new_monitor()
    before = monitor.latest_run()
    finished_run(monitor)
    last = finished_run(monitor)
    finished_run(other)

    latest = monitor.latest_run()

    assert before is None
    assert latest and latest.id == last


@pytest.mark.parametrize(
    ("until", "then", "muted"),
    [
        (None, timedelta(days=365), True),
        (NOW + MINUTE, MINUTE - timedelta(seconds=1), True),
        (NOW + MINUTE, MINUTE, False),
    ],
)
def test_a_mute_lasts_until_its_time_or_until_it_is_undone(
    app: Flask, until: datetime | None, then: timedelta, muted: bool
) -> None:
    monitor = new_monitor()

    monitor.mute(NOW, until)

    assert is_muted(monitor.muted_at, monitor.muted_until, NOW + then) is muted
    monitor.unmute()
    assert monitor.muted is False


@BOTH_DATABASES
def test_tags_are_a_set_of_words_that_goes_with_the_monitor(app: Flask) -> None:
    monitor = new_monitor(tags=["Trading", "prod", "prod"])
    created = monitor.tags
    new_monitor(tags=["prod"])

    monitor.retag(add=["eu", "prod"], remove=["trading", "unknown"])

    assert (created, monitor.tags) == (["prod", "trading"], ["eu", "prod"])
    assert MonitorTag.numbers() == {"eu": 1, "prod": 2}
    monitor.delete()
    assert MonitorTag.numbers() == {"prod": 1}


def test_more_tags_than_a_monitor_may_have_are_refused_and_change_nothing(app: Flask) -> None:
    monitor = new_monitor(tags=["prod"])

    with pytest.raises(Invalid) as refusal:
        monitor.retag(add=[f"tag-{n}" for n in range(20)])

    assert errors_of(refusal) == {"tags": "There may be 20 at most."}
    assert MonitorTag.numbers() == {"prod": 1}


@BOTH_DATABASES
def test_a_change_of_the_tags_is_a_change_of_the_monitor(app: Flask) -> None:
    monitor = new_monitor(tags=["prod"])
    before = monitor.updated_at

    monitor.change({"tags": ["prod", "eu"]}, NOW)

    assert monitor.tags == ["eu", "prod"]
    assert monitor.updated_at > before
