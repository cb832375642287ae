"""People who correct a Run at once, and rows that go meanwhile."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.pipeline.test_recurrence import found
from tests.rows import NOW, finished_run, new_monitor
from tests.together import together
from webapp.extensions import db
from webapp.models import Correction, FalseAlarm, Monitor, Note, Run
from webapp.schemas import Invalid
from webapp.schemas.correction import FalseAlarmIn
from webapp.schemas.note import NoteIn

DISK = found(noise=None)
PAYMENT = found("10:00:09 lost", fingerprint="b" * 24, noise=None)
KEY: Any = DISK["fingerprint"]
SAID = FalseAlarmIn(reason="The backup.", author="Ada")
LESSON = {"explained": True, "inputs": {}}


def alarm(monitor: Monitor, **values: Any) -> int:
    alarmed = {
        "verdict": "alert",
        "summary": "Full.",
        "findings": [found(noise=None)],
        "lesson": LESSON,
    }
    return finished_run(monitor, **alarmed | values)


def false_alarm(run_id: int) -> FalseAlarm:
    return FalseAlarm.of(db.session.get_one(Run, run_id), SAID, NOW)


@BOTH_DATABASES
def test_people_at_once_make_one_note_and_a_mark_each(app: Flask) -> None:
    monitor = new_monitor()
    run_id = alarm(monitor)

    said = together(app, lambda: len(false_alarm(run_id).notes), 6)

    assert sorted(said) == [0, 0, 0, 0, 0, 1]
    assert len(Note.of(monitor.id)) == 1
    assert len(db.session.get_one(Run, run_id).corrections) == 6


@BOTH_DATABASES
def test_a_run_that_history_deletes_leaves_its_notes_and_nothing_else(app: Flask) -> None:
    monitor = new_monitor()
    run_id = alarm(monitor)
    (note,) = false_alarm(run_id).notes
    said = NoteIn(kind="noise", fingerprint=KEY, run_id=run_id, reason="It is.", author="Bob")
    Note.create(monitor.id, said, NOW)

    finished_run(monitor, keep=1)

    db.session.rollback()
    db.session.expire_all()
    assert db.session.scalars(select(Correction)).all() == []
    kept = [(one.run_id, one.correction_id) for one in Note.of(monitor.id)]
    assert kept == [(None, None), (None, None)]
    assert db.session.get_one(Note, note.id).expires_at


@BOTH_DATABASES
def test_a_note_that_was_deleted_meanwhile_is_no_reason_not_to_take_back(app: Flask) -> None:
    monitor = new_monitor()
    run_id = alarm(monitor, findings=[DISK, PAYMENT])
    said = false_alarm(run_id)
    said.notes[0].delete()
    assert db.session.get_one(Run, run_id).to_learn

    db.session.get_one(Correction, said.correction.id).take_back()

    assert Note.of(monitor.id) == []
    run = db.session.get_one(Run, run_id)
    assert (run.corrections, run.to_learn, run.lesson) == ([], False, LESSON)


@BOTH_DATABASES
def test_a_monitor_is_deleted_with_all_that_was_said_of_its_runs(app: Flask) -> None:
    monitor = new_monitor()
    false_alarm(alarm(monitor))

    monitor.delete()

    for model in (Correction, Note, Run):
        assert db.session.scalars(select(model)).all() == []


@BOTH_DATABASES
def test_a_run_that_went_meanwhile_is_said_to_be_gone(app: Flask) -> None:
    monitor = new_monitor()
    run = db.session.get_one(Run, alarm(monitor))
    together(app, lambda: finished_run(db.session.get_one(Monitor, run.monitor_id), keep=1), 1)

    with pytest.raises(Invalid, match="keeps it no longer"):
        FalseAlarm.of(run, SAID, NOW)

    assert Note.of(monitor.id) == []


@BOTH_DATABASES
def test_a_note_that_is_changed_leaves_what_was_said_as_it_was(app: Flask) -> None:
    monitor = new_monitor()
    run_id = alarm(monitor)
    (note,) = false_alarm(run_id).notes

    note.change({"reason": "Another.", "kind": "missed"}, NOW)

    (correction,) = db.session.get_one(Run, run_id).corrections
    assert (correction.kind, correction.reason, correction.note_ids) == (
        "false_alarm",
        "The backup.",
        [note.id],
    )
