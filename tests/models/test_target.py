from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, new_monitor, new_source, new_target
from tests.together import together
from webapp.extensions import db
from webapp.models import InUse, LogSource, Monitor, Target
from webapp.schemas import Invalid, LogSourceIn


@BOTH_DATABASES
def test_a_target_in_use_is_not_deleted_and_says_who_uses_it(app: Flask) -> None:
    target = new_target("web-1")
    source = new_source(target)
    monitor = new_monitor(target_id=target.id)

    with pytest.raises(InUse) as refusal:
        target.delete()

    assert str(refusal.value) == (
        f"Target “web-1” is used by LogSource “syslog” ({source.id}), Monitor “Shop” "
        f"({monitor.id}). Delete or change these first."
    )
    assert db.session.scalars(select(Target.id)).all() == [target.id]


@BOTH_DATABASES
def test_a_log_source_in_use_is_not_deleted_and_says_who_uses_it(app: Flask) -> None:
    source = new_source(new_target())
    monitor = new_monitor(log_source_id=source.id, inputs=[])

    with pytest.raises(InUse) as refusal:
        source.delete()

    assert str(refusal.value) == (
        f"LogSource “syslog” is used by Monitor “Shop” ({monitor.id}). "
        "Delete or change these first."
    )
    assert db.session.scalars(select(LogSource.id)).all() == [source.id]


@BOTH_DATABASES
def test_what_is_no_longer_used_can_be_deleted(app: Flask) -> None:
    target = new_target()
    source = new_source(target)
    monitor = new_monitor(log_source_id=source.id, inputs=[])

    monitor.delete()
    source.delete()
    target.delete()

    assert db.session.scalars(select(LogSource.id)).all() == []
    assert db.session.scalars(select(Target.id)).all() == []


def test_a_target_does_not_become_a_type_that_its_log_sources_cannot_be_read_on(
    app: Flask,
) -> None:
    target = new_target()
    new_source(target)

    with pytest.raises(Invalid) as refusal:
        target.change({"type": "docker_host"})

    (error,) = refusal.value.errors
    assert (error.field, error.message) == (
        "type",
        "A Target of type docker_host cannot have the LogSources syslog.",
    )
    assert target.type == "local"


def test_a_target_does_not_become_a_type_that_its_monitors_cannot_be_read_on(
    app: Flask,
) -> None:
    target = new_target()
    a_file = {"label": "FILE", "mode": "file", "config": {"path": "/var/log/syslog"}}
    monitor = new_monitor(target_id=target.id, inputs=[a_file])

    with pytest.raises(Invalid) as refusal:
        target.change({"type": "docker_host"})

    (error,) = refusal.value.errors
    assert (error.field, error.message) == (
        "type",
        (
            f"Monitor “Shop” ({monitor.id}) could not be read then: "
            "A Target of type docker_host cannot be read by mode file."
        ),
    )


def test_a_target_that_changes_says_what_it_became(app: Flask) -> None:
    target = new_target("host-1", type="docker_host", connection_config={"host": "localhost"})

    target.change({"name": "host-1a", "connection_config": {"host": "db-1"}})

    db.session.refresh(target)
    assert (target.name, target.type) == ("host-1a", "docker_host")
    assert target.connection_config == {"host": "db-1"}


@BOTH_DATABASES
def test_changes_of_different_fields_at_the_same_moment_are_all_kept(app: Flask) -> None:
    monitor_id = new_monitor().id
    fields: list[dict[str, Any]] = [
        {"name": "Till"},
        {"prompt": "Look for fraud."},
        {"interval_seconds": 600},
        {"window_config": {"max_lines": 10}},
        {"window_config": {"max_chars": 1000}},
    ]
    waiting = iter(fields)

    together(app, lambda: db.session.get_one(Monitor, monitor_id).change(next(waiting), NOW), 5)

    monitor = db.session.get_one(Monitor, monitor_id, populate_existing=True)
    assert (monitor.name, monitor.prompt, monitor.interval_seconds) == (
        "Till",
        "Look for fraud.",
        600,
    )
    assert monitor.window_config == {"max_lines": 10, "max_chars": 1000}


def test_a_log_source_lies_on_a_target_that_is_there(app: Flask) -> None:
    target = new_target()
    nowhere = LogSourceIn(target_id=77, name="a", mode="file", config={"path": "/a"})

    with pytest.raises(Invalid) as refusal:
        LogSource.create(nowhere)
    with pytest.raises(Invalid):
        new_source(target).change({"target_id": 77})

    (error,) = refusal.value.errors
    assert (error.field, error.message) == ("target_id", "There is no Target 77.")


def test_a_log_source_has_a_mode_that_its_target_can_be_read_by(app: Flask) -> None:
    engine = new_target("engine", type="docker_host")

    with pytest.raises(Invalid) as refusal:
        new_source(engine)

    (error,) = refusal.value.errors
    assert (error.field, error.message) == (
        "mode",
        "A Target of type docker_host cannot be read by mode file.",
    )
    assert db.session.scalars(select(LogSource.id)).all() == []


def test_a_log_source_does_not_leave_the_target_that_its_monitor_names_too(app: Flask) -> None:
    target, elsewhere = new_target("a"), new_target("b")
    source = new_source(target)
    monitor = new_monitor(log_source_id=source.id, target_id=target.id, inputs=[])

    with pytest.raises(Invalid) as refusal:
        source.change({"target_id": elsewhere.id})

    (error,) = refusal.value.errors
    assert (error.field, error.message) == (
        "target_id",
        (
            f"Monitor “Shop” ({monitor.id}) could not be read then: "
            "The LogSource lies on another Target; leave this out."
        ),
    )
    assert source.target_id == target.id
