"""Once somebody says that a Run was normal, the next one knows what it saw."""

from typing import Any

from tests.conftest import BOTH_DATABASES
from tests.pipeline.test_known_noise import note
from tests.pipeline.test_new_lines import Log, log
from tests.pipeline.test_usual import NEW, OTHER, append, normal_of, without_errors
from tests.rows import A_COMMAND
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Correction, FalseAlarm, Monitor, Run
from webapp.schemas.correction import FalseAlarmIn

__all__ = ["log"]

SAID = FalseAlarmIn(reason="It rounds.", author="Ada")


def false_alarm(run_id: int) -> FalseAlarm:
    db.session.rollback()
    return FalseAlarm.of(db.session.get_one(Run, run_id), SAID, utc_now())


def kept(run_id: int) -> tuple[bool, bool]:
    """Whether it has a lesson, and whether that is to be learned."""
    db.session.rollback()
    db.session.expire_all()
    run = db.session.get_one(Run, run_id)
    return run.lesson is not None, run.to_learn


def windows(log: Log) -> Any:
    normal: Any = normal_of(log)
    return normal and normal["windows"]


@BOTH_DATABASES
def test_what_a_false_alarm_saw_is_learned_by_the_next_run_and_only_once(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    append(log, *without_errors(2, 50), NEW)
    first = log.run()
    before = windows(log)

    false_alarm(first.id)
    waiting = kept(first.id)
    append(log, *without_errors(3, 50), OTHER)
    second = log.run()
    learned = windows(log)
    append(log, *without_errors(4, 50), OTHER)
    log.run()

    assert (first.status, second.status) == ("alert", "alert")
    assert (before, learned, windows(log)) == (10, 11, 11)
    kinds: Any = normal_of(log)
    assert any("ledger and journal" in kind for kind in kinds["kinds"])
    assert not any("turbine" in kind for kind in kinds["kinds"])
    assert (waiting, kept(first.id)) == ((True, True), (False, False))


@BOTH_DATABASES
def test_a_first_run_that_was_a_false_alarm_is_history_enough(log: Log) -> None:
    append(log, *without_errors(1, 300), NEW)
    first = log.run()

    false_alarm(first.id)
    append(log, *without_errors(2, 50))
    second = log.run()

    assert (first.status, second.status) == ("alert", "ok")
    # Ten parts that were believed, all of it on somebody's word, and the second Run.
    assert windows(log) == 12


def test_what_nobody_called_a_false_alarm_is_kept_apart(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    append(log, *without_errors(2, 50), NEW)
    first = log.run()
    append(log, *without_errors(3, 50))
    log.run()

    assert kept(first.id) == (True, False)
    assert windows(log) == 11


def test_a_run_is_normal_once_each_of_its_findings_is_said_to_be_noise(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    append(log, *without_errors(2, 50), NEW, OTHER)
    run = log.run()
    one, two = (finding["fingerprint"] for finding in run.findings)

    note(log.monitor_id, fingerprint=one, run_id=run.id)
    after_one = kept(run.id)
    note(log.monitor_id, fingerprint=two, run_id=run.id)
    after_both = kept(run.id)
    note(log.monitor_id, kind="missed", run_id=run.id)

    assert (after_one, after_both, kept(run.id)) == ((True, False), (True, True), (True, False))


def test_what_is_taken_back_before_the_next_run_is_never_learned(log: Log) -> None:
    append(log, *without_errors(1, 300))
    log.run()
    append(log, *without_errors(2, 50), NEW)
    run = log.run()

    said = false_alarm(run.id).correction.id
    db.session.get_one(Correction, said).take_back()

    assert kept(run.id) == (True, False)


def test_what_a_rule_alarmed_on_teaches_nothing(log: Log) -> None:
    monitor = db.session.get_one(Monitor, log.monitor_id)
    monitor.change({"rules": {"must_alert": ["turbine"]}}, utc_now())
    append(log, *without_errors(1, 300), NEW, OTHER)
    run = log.run()

    false_alarm(run.id)

    assert kept(run.id) == (False, False)


def test_an_input_that_reads_something_else_by_now_is_taught_nothing(log: Log) -> None:
    append(log, *without_errors(1, 300), NEW)
    run = log.run()
    false_alarm(run.id)
    log.change(f"tail -n 400 {log.path}")
    log.path.write_text("2026-11-22 10:00:00 INFO all is well\n")

    assert log.run().status == "ok"

    assert windows(log) == 1
    assert kept(run.id) == (False, False)


def test_a_run_that_ends_in_an_error_leaves_the_lesson_to_the_next(log: Log) -> None:
    append(log, *without_errors(1, 300), NEW)
    run = log.run()
    false_alarm(run.id)
    monitor = db.session.get_one(Monitor, log.monitor_id)
    monitor.change({"inputs": [A_COMMAND | {"label": "LOG", "command": "exit 3"}]}, utc_now())

    assert log.run().status == "error"

    assert kept(run.id) == (True, True)
