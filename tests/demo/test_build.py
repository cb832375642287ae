"""The made-up installation: whole, believable, and only where nothing is lost by it."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload, undefer

from tests.conftest import BOTH_DATABASES
from tests.rows import new_target
from webapp.config import Settings
from webapp.demo import NotEmpty, build
from webapp.extensions import db
from webapp.models import LlmUsage, Monitor, Notification, Run, Standing
from webapp.pipeline.sections import lines_of
from webapp.schemas import RunOut

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


@BOTH_DATABASES
def test_it_has_monitors_in_every_state_and_notifications_too(
    app: Flask, settings: Settings
) -> None:
    build(settings.data_dir, NOW)

    monitors = Monitor.all()
    states = Counter(monitor.state for monitor in monitors)
    assert len(monitors) == 26
    assert set(states) == {"alert", "error", "warn", "ok", "new", "paused"}
    assert states["ok"] > len(monitors) / 2
    assert sum(monitor.muted_at is not None for monitor in monitors) == 1
    assert set(db.session.scalars(select(Notification.status))) == {
        "sent",
        "failed",
        "skipped",
        "pending",
    }


@BOTH_DATABASES
def test_how_monitors_stand_and_what_llms_took_is_as_their_runs_say(
    app: Flask, settings: Settings
) -> None:
    build(settings.data_dir, NOW)

    for standing in db.session.scalars(select(Standing)):
        last = Run.history(standing.monitor_id, 1)[0]
        said = (last.id, last.status, last.error_message or last.summary, last.finished_at)
        assert said == (
            standing.run_id,
            standing.status,
            standing.sentence,
            standing.finished_at,
        )
        assert standing.since <= standing.finished_at
    spent = db.session.scalar(select(func.sum(Run.cost_usd)))
    assert LlmUsage.since(date.min).cost_usd == pytest.approx(spent)


def test_every_finding_quotes_its_line(app: Flask, settings: Settings) -> None:
    build(settings.data_dir, NOW)

    runs = [run for run in _runs() if run.findings]

    assert len(runs) > 50
    for run in runs:
        lines = list(lines_of(run.logs_text or "", [one["label"] for one in run.inputs]))
        for finding in run.findings:
            assert lines[finding["line"] - 1].text == finding["quote"]
        RunOut.model_validate(run)


def test_there_is_more_to_do_by_day_than_by_night(app: Flask, settings: Settings) -> None:
    ids = build(settings.data_dir, NOW)

    runs = [run for run in _runs() if run.monitor_id == ids["Storefront"] and run.input_tokens]
    by_day = [run for run in runs if run.created_at.hour in range(11, 17)]
    by_night = [run for run in runs if run.created_at.hour in range(5)]

    assert _mean(by_day) > 1.3 * _mean(by_night)


def test_it_is_the_same_each_time(app: Flask, settings: Settings, tmp_path: Path) -> None:
    build(settings.data_dir, NOW)
    first = [(run.status, run.logs_text) for run in _runs()]
    for monitor in Monitor.all():
        monitor.delete()
    db.drop_all()
    db.create_all()

    build(tmp_path, NOW)

    assert [(run.status, run.logs_text) for run in _runs()] == first


def test_no_run_lies_ahead_and_each_next_one_does(app: Flask, settings: Settings) -> None:
    build(settings.data_dir, NOW)

    planned = [monitor.next_run_at for monitor in Monitor.all() if not monitor.paused]
    assert all(next_run_at and next_run_at > NOW for next_run_at in planned)
    assert max(run.finished_at for run in _runs() if run.finished_at) < NOW
    assert min(run.created_at for run in _runs()) > NOW - timedelta(days=70)


def test_the_logs_that_it_goes_on_with_hold_no_marks_of_ours(
    app: Flask, settings: Settings
) -> None:
    build(settings.data_dir, NOW)

    logs = [path.read_text() for path in (settings.data_dir / "logs").rglob("*.log")]

    assert len(logs) > 10
    assert not [line for log in logs for line in log.splitlines() if line.startswith("…")]


def test_a_database_that_is_not_empty_is_left_as_it_is(app: Flask, settings: Settings) -> None:
    new_target()

    with pytest.raises(NotEmpty, match="fills an empty database only"):
        build(settings.data_dir, NOW)

    assert Monitor.all() == []
    assert not (settings.data_dir / "logs").exists()


def _runs() -> list[Run]:
    whole = (undefer(Run.logs_text), undefer(Run.report), selectinload(Run.notifications))
    query = select(Run).options(*whole).order_by(Run.id)
    return list(db.session.scalars(query))


def _mean(runs: list[Run]) -> float:
    return sum(run.input_tokens or 0 for run in runs) / len(runs)
