from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, TIMEOUT, finished_run, new_claim, new_monitor
from tests.together import together
from webapp.extensions import db, writing
from webapp.models import Claim, Run

SECOND = timedelta(seconds=1)


@BOTH_DATABASES
def test_fifty_starts_at_once_are_one_run_whose_id_all_get(app: Flask) -> None:
    monitor_id = new_monitor().id

    started = together(app, lambda: Run.start(monitor_id, "manual", NOW), 20)

    (run_id,) = db.session.scalars(select(Run.id)).all()
    assert sorted(started) == [(run_id, False)] * 19 + [(run_id, True)]


@BOTH_DATABASES
def test_a_start_always_gets_a_run_even_while_runs_end(app: Flask) -> None:
    monitor_id = new_monitor().id

    def run_one_after_another() -> None:
        with app.app_context():
            for _ in range(40):
                run_id, _ = Run.start(monitor_id, "manual", NOW)
                claim = Claim.take(run_id, NOW, TIMEOUT)
                assert claim
                claim.record_verdict([], verdict="ok")
                claim.finish(NOW, 200)

    def start_again_and_again() -> list[int]:
        with app.app_context():
            return [Run.start(monitor_id, "manual", NOW)[0] for _ in range(150)]

    with ThreadPoolExecutor(4) as threads:
        runs = threads.submit(run_one_after_another)
        starts = [threads.submit(start_again_and_again) for _ in range(3)]

    runs.result()
    got = {run_id for start in starts for run_id in start.result()}
    assert got <= set(db.session.scalars(select(Run.id)))


@BOTH_DATABASES
def test_a_new_run_says_where_it_comes_from_and_nothing_else(app: Flask) -> None:
    run_id, _ = Run.start(new_monitor().id, "manual", NOW)

    run = db.session.get_one(Run, run_id)

    assert (run.status, run.trigger, run.slot, run.created_at) == ("queued", "manual", None, NOW)
    assert (run.attempt, run.token, run.lease_until, run.rung_at) == (0, None, None, None)
    assert (run.recommendations, run.findings, run.inputs, run.redactions) == ([], [], [], {})
    assert (run.live, run.duration_ms) == (True, None)


def test_a_slot_has_one_run_ever(app: Flask) -> None:
    monitor = new_monitor()
    with writing():
        first = Run.insert(monitor.id, "schedule", NOW, slot=NOW)
        db.session.execute(update(Run).values(status="ok"))

    with writing():
        second = Run.insert(monitor.id, "schedule", NOW, slot=NOW)

    assert first is not None
    assert second is None


def test_a_run_took_from_its_first_start_to_its_end(app: Flask) -> None:
    monitor = new_monitor()
    run_id, _ = Run.start(monitor.id, "manual", NOW)
    first = Claim.take(run_id, NOW + SECOND, TIMEOUT)
    assert first
    first.hand_back(NOW + 2 * SECOND)
    second = Claim.take(run_id, NOW + 3 * SECOND, TIMEOUT)
    assert second
    second.record_verdict([], verdict="ok")

    second.finish(NOW + 6 * SECOND, 200)

    run = db.session.get_one(Run, run_id)
    assert (run.started_at, run.duration_ms) == (NOW + SECOND, 5000)


@BOTH_DATABASES
def test_runs_are_unheard_that_nobody_was_called_for_of_late(app: Flask) -> None:
    new, rung_long_ago, rung_of_late, worked_on, lapsed, done = (new_monitor() for _ in range(6))
    ids = {m.id: Run.start(m.id, "manual", NOW)[0] for m in (new, rung_long_ago, rung_of_late)}
    Run.rung([ids[rung_long_ago.id]], NOW - 60 * SECOND)
    Run.rung([ids[rung_of_late.id]], NOW - 59 * SECOND)
    new_claim(worked_on, NOW)
    left = new_claim(lapsed, NOW - timedelta(minutes=10))
    finished_run(done)

    unheard = Run.unheard(NOW, 60 * SECOND, 10)

    assert unheard == [ids[new.id], ids[rung_long_ago.id], left.run_id]
    assert Run.unheard(NOW, 60 * SECOND, 2) == unheard[:2]


@BOTH_DATABASES
def test_history_is_newest_first_page_by_page(app: Flask) -> None:
    monitor, other = new_monitor(), new_monitor()
    one, two, three = (finished_run(monitor) for _ in range(3))
    finished_run(other)
    four, _ = Run.start(monitor.id, "manual", NOW)

    def ids(**wanted: object) -> list[int]:
        return [run.id for run in Run.history(monitor.id, **wanted)]  # type: ignore[arg-type]

    assert ids(limit=10) == [four, three, two, one]
    assert ids(limit=2) == [four, three]
    assert ids(limit=2, before=three) == [two, one]
    assert ids(limit=10, status="ok") == [three, two, one]
    assert ids(limit=10, status="alert") == []


def test_the_last_failure_of_an_llm_counts_until_it_judges_again(app: Flask) -> None:
    monitor = new_monitor()
    model, earlier = "openai:small", NOW - timedelta(hours=1)
    error = {"verdict": "error", "error_kind": "llm_unavailable", "error_message": "It is gone."}

    def last(since: datetime = earlier) -> int | None:
        run = Run.last_llm_failure(model, since)
        return run and run.id

    before = last()
    failed = finished_run(monitor, llm_model=model, **error)
    after_the_failure, much_later = last(), last(NOW + SECOND)
    finished_run(monitor, llm_model="openai:large")
    unread = {"error_kind": "inputs_failed", "error_message": "Nothing was read."}
    finished_run(monitor, verdict="error", **unread)
    after_those_that_did_not_ask_it = last()
    finished_run(monitor, llm_model=model)
    after_a_verdict = last()

    assert (before, much_later, after_a_verdict) == (None, None, None)
    assert (after_the_failure, after_those_that_did_not_ask_it) == (failed, failed)


@BOTH_DATABASES
def test_a_call_that_is_noted_late_does_not_hide_that_a_run_was_given_up(app: Flask) -> None:
    claim = new_claim(new_monitor(), NOW + SECOND)
    claim.give_up("The worker failed: KeyError.", NOW + 2 * SECOND)

    Run.rung([claim.run_id], NOW)

    assert Run.unheard(NOW + 2 * SECOND, 60 * SECOND, 10) == [claim.run_id]


@BOTH_DATABASES
def test_after_a_clock_was_set_back_runs_are_unheard_as_if_never_called_or_held(app: Flask) -> None:
    rung, held = new_monitor(), new_claim(new_monitor(), NOW)
    queued, _ = Run.start(rung.id, "manual", NOW)
    Run.rung([queued], NOW)
    an_hour_before = NOW - timedelta(hours=1)

    unheard = Run.unheard(an_hour_before, 60 * SECOND, 10)
    taken = Claim.take(held.run_id, an_hour_before, TIMEOUT)

    assert unheard == [held.run_id, queued]
    assert taken


def test_a_run_takes_no_time_where_the_clock_was_set_back_in_it() -> None:
    run = Run(started_at=NOW, finished_at=NOW - timedelta(hours=1))

    assert run.duration_ms == 0


@BOTH_DATABASES
def test_the_runs_beside_one_are_those_of_its_own_monitor(app: Flask) -> None:
    monitor, other = new_monitor(), new_monitor()
    first = finished_run(monitor)
    finished_run(other)
    second = finished_run(monitor)
    finished_run(other)
    third, _ = Run.start(monitor.id, "manual", NOW)

    found = [db.session.get_one(Run, run_id).neighbours() for run_id in (first, second, third)]

    assert found == [(None, second), (first, third), (second, None)]


@BOTH_DATABASES
def test_the_run_to_compare_with_is_the_last_before_it_that_ended(app: Flask) -> None:
    monitor = new_monitor()
    first = finished_run(monitor)
    finished_run(new_monitor())
    second, _ = Run.start(monitor.id, "manual", NOW)

    found = [db.session.get_one(Run, run_id).previous_ended() for run_id in (first, second)]

    assert [run and run.id for run in found] == [None, first]


@BOTH_DATABASES
def test_history_is_asked_for_by_trigger_and_time(app: Flask) -> None:
    monitor = new_monitor()
    ids = [finished_run(monitor, NOW + SECOND * n) for n in range(3)]

    assert [run.id for run in Run.history(monitor.id, 9, trigger="manual")] == ids[::-1]
    assert Run.history(monitor.id, 9, trigger="schedule") == []
    assert [run.id for run in Run.history(monitor.id, 9, since=NOW + SECOND)] == ids[:0:-1]


@BOTH_DATABASES
def test_the_last_run_that_found_something_is_not_a_later_one_that_did_not(app: Flask) -> None:
    monitor = new_monitor()
    before = Run.last_with_findings(monitor.id)
    finding = {"severity": "warn", "explanation": "Full.", "verified": False}
    run_id = finished_run(monitor, verdict="warn", findings=[finding])
    finished_run(monitor)

    found = Run.last_with_findings(monitor.id)

    assert before is None
    assert found
    assert (found.id, found.findings) == (run_id, [finding])


@pytest.mark.parametrize(
    ("statuses", "by", "marked"),
    [
        (["alert"], "silence", True),
        (["alert", None], "addressing", True),
        (["warn", "alert"], "rule", True),
        (["alert"], "model", False),
        (["warn", "ok"], "builtin", False),
        (["ok"], "silence", False),
        ([None], "builtin", False),
    ],
)
def test_a_models_word_is_marked_where_no_line_is_behind_it_whatever_others_found(
    statuses: list[str | None], by: str, marked: bool
) -> None:
    purposes = ("verdict", "citation")
    calls = [{"purpose": p, "status": s} for p, s in zip(purposes, statuses, strict=False)]
    found = {"by": by, "verified": True}

    assert Run(verdict="alert", calls=calls, findings=[found]).no_line_cited is marked


@BOTH_DATABASES
def test_what_a_run_says_is_the_same_in_sql(app: Flask) -> None:
    monitor = new_monitor()
    judged = finished_run(monitor, summary="The disk is full.")
    failed = finished_run(monitor, verdict="error", summary=None, error_message="No route.")
    silent = finished_run(monitor, summary=None)
    live = new_claim(monitor).run_id

    told = dict(list(db.session.execute(select(Run.id, Run.sentence))))

    assert told == {judged: "The disk is full.", failed: "No route.", silent: "", live: ""}
    assert {run.id: run.sentence for run in db.session.scalars(select(Run))} == told
