"""A rule holds though what it stands on is changed by somebody else at the same moment."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import BOTH_DATABASES, ON_POSTGRESQL
from tests.rows import NOW, new_monitor, new_source, new_target
from tests.together import together
from tests.waiting import until
from webapp.extensions import db, lock, writing
from webapp.models import LogSource, Monitor, Target
from webapp.schemas import Invalid

A_FILE = {"label": "FILE", "mode": "file", "config": {"path": "/var/log/syslog"}}
ITS_SOURCE = {"label": "FILE", "mode": "file"}
CANNOT = "A Target of type docker_host cannot be read by mode file."

Outcome = list[tuple[str, str]]


@pytest.fixture
def ids(app: Flask) -> dict[str, int]:
    """A Target that somebody turns, another, a file on each, and a Monitor on the other."""
    turned, other = new_target("turned"), new_target("other")
    source, others = new_source(turned, "a"), new_source(other, "b")
    monitor = new_monitor(target_id=other.id)
    return {
        "turned": turned.id,
        "source": source.id,
        "others": others.id,
        "monitor": monitor.id,
    }


def source_on(ids: dict[str, int]) -> None:
    new_source(db.session.get_one(Target, ids["turned"]))


def source_moves_to(ids: dict[str, int]) -> None:
    db.session.get_one(LogSource, ids["others"]).change({"target_id": ids["turned"]})


def monitor_on(ids: dict[str, int]) -> None:
    new_monitor(target_id=ids["turned"], inputs=[A_FILE])


def monitor_moves_to(ids: dict[str, int]) -> None:
    change = {"target_id": ids["turned"], "inputs": [A_FILE]}
    db.session.get_one(Monitor, ids["monitor"]).change(change, NOW)


def monitor_over_its_source(ids: dict[str, int]) -> None:
    new_monitor(log_source_id=ids["source"], inputs=[ITS_SOURCE])


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("act", "field"),
    [
        (source_on, "mode"),
        (source_moves_to, "mode"),
        (monitor_on, "inputs.0.mode"),
        (monitor_moves_to, "inputs.0.mode"),
        (monitor_over_its_source, "inputs.0.mode"),
    ],
)
def test_what_stands_on_a_target_waits_for_its_change_of_type(
    app: Flask, ids: dict[str, int], act: Callable[[dict[str, int]], None], field: str
) -> None:
    def turn() -> None:
        target = db.session.get_one(Target, ids["turned"])
        lock(target)
        target.type, target.connection_config = "docker_host", {"host": "localhost"}

    outcome = while_changing(app, turn, lambda: act(ids))

    assert outcome == [(field, CANNOT)]


@ON_POSTGRESQL
def test_a_monitor_waits_for_a_change_of_its_log_source(app: Flask, ids: dict[str, int]) -> None:
    def turn() -> None:
        source = db.session.get_one(LogSource, ids["source"])
        lock(source)
        source.mode, source.config = "docker_logs", {"container_name": "bot", "tail": 10}

    outcome = while_changing(app, turn, lambda: monitor_over_its_source(ids))

    sentence = "This is required, as the Monitor's LogSource is not of mode file."
    assert outcome == [("inputs.0.config", sentence)]


@BOTH_DATABASES
def test_changes_of_all_three_at_the_same_moment_wait_for_each_other_in_order(app: Flask) -> None:
    target = new_target()
    source = new_source(target)
    monitor = new_monitor(log_source_id=source.id, inputs=[])
    rows: list[tuple[Any, int, tuple[Any, ...]]] = [
        (Target, target.id, ({"name": "t"},)),
        (Target, target.id, ({"type": "docker_host"},)),
        (LogSource, source.id, ({"mode": "docker_logs", "config": {"container_name": "a"}},)),
        (LogSource, source.id, ({"name": "s"},)),
        (Monitor, monitor.id, ({"name": "m"}, NOW)),
        (Monitor, monitor.id, ({"prompt": "p"}, NOW)),
    ]
    waiting = iter(rows * 4)

    def change() -> None:
        model, row_id, arguments = next(waiting)
        with suppress(Invalid):  # whoever comes later may find that it cannot be any more
            db.session.get_one(model, row_id).change(*arguments)

    together(app, change, len(rows) * 4)

    db.session.rollback()
    db.session.expire_all()
    assert (monitor.name, monitor.prompt, source.name, target.name) == ("m", "p", "s", "t")
    monitor.check()


def while_changing(
    app: Flask, change: Callable[[], None], act: Callable[[], None]
) -> Outcome | None:
    """What `act` was refused for, which began while `change` was made but not committed."""
    outcomes: list[Outcome | None] = []

    def run() -> None:
        with app.app_context():
            try:
                act()
                outcomes.append(None)
            except Invalid as refusal:
                outcomes.append([(error.field, error.message) for error in refusal.errors])

    other = threading.Thread(target=run)
    with writing():
        change()
        db.session.flush()
        other.start()
        until(somebody_waits)
    other.join()
    return outcomes[0]


def somebody_waits() -> bool:
    with db.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
