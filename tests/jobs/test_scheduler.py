from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from structlog.testing import capture_logs

from tests.conftest import BOTH_DATABASES
from tests.jobs.conftest import run_is, working
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.rows import NOW, TIMEOUT, new_claim, new_monitor
from tests.together import together
from tests.valkey import valkey_server
from tests.waiting import until
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.jobs import Doorbell, Scheduler, start
from webapp.models import Claim, Heartbeat, Monitor, Notification, Run
from webapp.models.claim import LEASE, beat

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def due_now(*monitors: Monitor) -> None:
    for monitor in monitors:
        monitor.run_next(NOW)


def end(run_id: int) -> None:
    with writing():
        db.session.execute(update(Run).where(Run.id == run_id).values(status="ok"))


def lose(claim: Claim) -> None:
    """Let both attempts of the Run end without a word, long ago."""
    assert Claim.take(claim.run_id, NOW + LEASE, TIMEOUT)


@BOTH_DATABASES
@pytest.mark.usefixtures("valkey")
def test_what_is_due_is_started_and_workers_are_called(
    app: Flask, scheduler: Scheduler, doorbell: Doorbell
) -> None:
    due, not_yet = new_monitor(), new_monitor()
    due_now(due)
    not_yet.run_next(NOW + SECOND)

    scheduler.tick(NOW)

    (run,) = db.session.scalars(select(Run)).all()
    order = doorbell.answer(1)
    assert (run.monitor_id, run.slot, run.rung_at) == (due.id, NOW, NOW)
    assert order == ("execute_run", run.id)
    assert doorbell.waiting() == 0


@BOTH_DATABASES
@pytest.mark.usefixtures("valkey")
def test_two_schedulers_are_harmless(app: Flask, settings: Settings, doorbell: Doorbell) -> None:
    monitors = [new_monitor() for _ in range(20)]
    due_now(*monitors)

    together(app, lambda: Scheduler(settings, doorbell).tick(NOW), 2)

    assert db.session.scalars(select(Run.monitor_id).order_by(Run.monitor_id)).all() == [
        monitor.id for monitor in monitors
    ]
    assert set(db.session.scalars(select(Monitor.skipped_slots))) == {0}


@pytest.mark.usefixtures("valkey")
def test_a_stop_is_followed_by_one_run_and_not_by_all_that_were_missed(
    app: Flask, scheduler: Scheduler
) -> None:
    monitor = new_monitor(interval_seconds=60)
    due_now(monitor)

    for after in range(3):
        scheduler.tick(NOW + timedelta(hours=1) + after * SECOND)

    db.session.refresh(monitor)
    assert len(db.session.scalars(select(Run.id)).all()) == 1
    assert monitor.next_run_at == NOW + timedelta(hours=1, minutes=1)


@pytest.mark.usefixtures("valkey")
def test_after_an_outage_workers_are_called_for_all_that_waits_within_seconds(
    app: Flask, scheduler: Scheduler, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.jobs.scheduler.BATCH", 2)
    for _ in range(5):
        Run.start(new_monitor().id, "manual", NOW)  # while nobody could be called

    for after in range(3):
        scheduler.tick(NOW + after * SECOND)

    assert doorbell.waiting() == 5


@BOTH_DATABASES
@pytest.mark.usefixtures("valkey")
def test_a_clock_that_is_set_back_leaves_no_monitor_silent(
    app: Flask, scheduler: Scheduler
) -> None:
    monitor = new_monitor(interval_seconds=60)
    due_now(monitor)
    scheduler.tick(NOW)
    (first,) = db.session.scalars(select(Run.id))
    end(first)
    an_hour_before = NOW - timedelta(hours=1)

    for after in range(2):
        scheduler.tick(an_hour_before + after * MINUTE)

    second = db.session.scalar(select(Run.slot).where(Run.id != first))
    assert second and an_hour_before <= second < an_hour_before + MINUTE


@pytest.mark.usefixtures("valkey")
def test_a_clock_that_is_set_ahead_takes_no_run_from_a_worker_that_lives(
    app: Flask, scheduler: Scheduler
) -> None:
    alive, dead = new_claim(new_monitor()), new_claim(new_monitor())
    scheduler.tick(NOW)
    later = NOW + timedelta(hours=1)

    scheduler.tick(later)
    beat([replace(alive, deadline=later + TIMEOUT)], later + 9 * SECOND)
    scheduler.tick(later + 10 * SECOND)
    at_first = set(db.session.scalars(select(Run.rung_at)))
    scheduler.tick(later + 20 * SECOND)

    called = db.session.scalars(select(Run.id).where(Run.rung_at.is_not(None))).all()
    assert at_first == {None}
    assert called == [dead.run_id]


@pytest.mark.usefixtures("valkey")
def test_a_clock_that_is_set_and_a_stall_are_told_apart(
    app: Flask, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as lines:
        scheduler.tick(NOW)
        scheduler.tick(NOW + timedelta(hours=1))
        monkeypatch.setattr("webapp.jobs.scheduler.LONGEST_TICK", timedelta(0))
        scheduler.tick(NOW + timedelta(hours=1))

    assert [line["event"] for line in lines if line["log_level"] == "warning"] == [
        "clock set",
        "stalled",
    ]


@BOTH_DATABASES
@pytest.mark.usefixtures("valkey")
def test_schedulers_whose_clocks_are_seconds_apart_do_not_fight(
    app: Flask, settings: Settings, doorbell: Doorbell
) -> None:
    monitor = new_monitor(interval_seconds=60)
    due_now(monitor)
    ahead, behind = (Scheduler(settings, doorbell) for _ in range(2))

    for after in range(0, 300, 10):
        for scheduler, skew in ((ahead, 5), (behind, -5)):
            scheduler.tick(NOW + (after + skew) * SECOND)
            for run_id in db.session.scalars(select(Run.id).where(Run.status == "queued")):
                end(run_id)

    slots = db.session.scalars(select(Run.slot).order_by(Run.id)).all()
    db.session.refresh(monitor)
    assert slots == [NOW + n * MINUTE for n in range(5)]
    assert (monitor.skipped_slots, monitor.next_run_at) == (0, NOW + 5 * MINUTE)


@pytest.mark.usefixtures("valkey")
def test_more_than_one_batch_of_slots_is_started_in_one_tick(
    app: Flask, scheduler: Scheduler, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.jobs.scheduler.BATCH", 4)  # a batch is 200 Monitors
    monitors = [new_monitor() for _ in range(10)]
    due_now(*monitors)

    scheduler.tick(NOW)

    assert len(db.session.scalars(select(Run.id)).all()) == 10
    assert doorbell.waiting() == 10


@pytest.mark.usefixtures("valkey")
def test_a_busy_monitor_in_a_batch_does_not_hold_the_next_batch_up(
    app: Flask, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.jobs.scheduler.BATCH", 4)  # a batch is 200 Monitors
    monitors = [new_monitor() for _ in range(10)]
    Run.start(monitors[0].id, "manual", NOW)
    due_now(*monitors)

    scheduler.tick(NOW)

    assert len(db.session.scalars(select(Run.id)).all()) == 10


def test_where_the_queue_is_down_runs_wait_and_are_rung_for_when_it_is_back(
    app: Flask, settings: Settings, doorbell: Doorbell, scheduler: Scheduler
) -> None:
    monitor, due = new_monitor(), new_monitor()
    due_now(due)

    started = start(monitor.id, "manual", doorbell)
    scheduler.tick(NOW)
    while_down = db.session.execute(select(Run.id, Run.status, Run.rung_at)).all()
    with valkey_server(settings.valkey_socket):
        scheduler.tick(NOW + 10 * SECOND)
        waiting = doorbell.waiting()

    db.session.rollback()
    assert while_down == [(started, "queued", None), (started + 1, "queued", None)]
    assert waiting == 2
    assert set(db.session.scalars(select(Run.rung_at))) == {NOW + 10 * SECOND}


def test_a_scheduler_that_never_reaches_the_queue_still_shows_that_it_lives(
    app: Flask, scheduler: Scheduler
) -> None:
    for tick in range(60):
        new_monitor().run_next(NOW + tick * SECOND / 2)

    for tick in range(60):
        scheduler.tick(NOW + tick * SECOND / 2)

    (beat,) = Heartbeat.alive("scheduler", NOW + 30 * SECOND)
    assert beat.beat_at >= NOW + 20 * SECOND


def test_a_queue_that_cannot_be_rung_is_no_queue_that_was_rung(
    app: Flask, scheduler: Scheduler
) -> None:
    new_monitor().run_next(NOW)

    with capture_logs() as lines:
        for tick in range(4):
            scheduler.tick(NOW + tick * SECOND)

    # It may be about to start.
    assert [line for line in lines if line["log_level"] != "debug"] == []


def test_a_worker_outlives_an_outage_of_the_queue(
    app: Flask, settings: Settings, doorbell: Doorbell, scheduler: Scheduler
) -> None:
    monitor = new_monitor()

    with working(app):
        with valkey_server(settings.valkey_socket):
            first = start(monitor.id, "manual", doorbell)
            until(lambda: run_is(first, "ok"))
        second = start(monitor.id, "manual", doorbell)
        with valkey_server(settings.valkey_socket):
            scheduler.tick(utc_now())
            until(lambda: run_is(second, "ok"))

    assert second == first + 1


@pytest.mark.usefixtures("valkey")
def test_a_queue_that_was_emptied_is_rung_again(
    app: Flask, scheduler: Scheduler, doorbell: Doorbell
) -> None:
    due_now(new_monitor())
    scheduler.tick(NOW)
    doorbell.redis.flushall()

    scheduler.tick(NOW + 20 * SECOND)
    too_early = doorbell.waiting()
    scheduler.tick(NOW + 30 * SECOND)

    assert (too_early, doorbell.waiting()) == (0, 1)


@pytest.mark.usefixtures("valkey")
def test_a_queue_that_nobody_answers_does_not_grow_without_end(
    app: Flask, scheduler: Scheduler, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.jobs.scheduler.MOST_JOBS", 4)  # which are 10,000
    Run.start(new_monitor().id, "manual", NOW)

    for tick in range(30):
        scheduler.tick(NOW + tick * 10 * SECOND)
    at_last = doorbell.waiting()
    doorbell.redis.flushall()
    for tick in range(30, 35):
        scheduler.tick(NOW + tick * 10 * SECOND)

    assert (at_last, doorbell.waiting() > 0) == (4, True)


@pytest.mark.usefixtures("valkey")
def test_a_run_whose_lease_is_over_is_rung_for_again(
    app: Flask, scheduler: Scheduler, doorbell: Doorbell
) -> None:
    claim = new_claim(new_monitor())

    scheduler.tick(NOW + LEASE - SECOND)
    before = doorbell.waiting()
    scheduler.tick(NOW + LEASE + 10 * SECOND)

    assert (before, doorbell.waiting()) == (0, 1)
    assert doorbell.answer(1) == ("execute_run", claim.run_id)


def test_a_scheduler_shows_that_it_lives_until_it_stops(app: Flask, scheduler: Scheduler) -> None:
    scheduler.tick(NOW)
    at_work = len(Heartbeat.alive("scheduler", NOW))
    scheduler.stop()

    assert (at_work, Heartbeat.alive("scheduler", NOW)) == (1, [])


class TestWithMail:
    @pytest.fixture
    def mailbox(self) -> Mailbox:
        return Mailbox()

    @pytest.fixture
    def settings(self, settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
        with smtp_server(mailbox) as port:
            yield settings.model_copy(
                update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
            )

    @pytest.mark.usefixtures("valkey")
    def test_a_lost_run_is_closed_and_told_of_like_an_alert(
        self, app: Flask, scheduler: Scheduler, settings: Settings, mailbox: Mailbox
    ) -> None:
        monitor = new_monitor(notification_config={"email_recipients": ["ops@example.com"]})
        claim = new_claim(monitor)
        lose(claim)

        scheduler.tick(NOW + 10 * MINUTE)
        db.session.rollback()
        run = db.session.get_one(Run, claim.run_id)
        closed = (run.status, run.error_kind, run.error_message, run.summary)
        with working(app):
            Scheduler(settings, app.extensions["doorbell"]).tick(utc_now())
            until(lambda: mailbox.letters)

        (letter,) = mailbox.letters
        sentence = "Two workers began this Run and neither finished it, so nothing was judged."
        assert closed == ("error", "lost", sentence, None)
        assert letter["To"] == "ops@example.com"
        assert sentence in letter.get_content().replace("\n", " ")
        db.session.rollback()
        assert db.session.execute(select(Notification.status, Notification.attempts)).all() == [
            ("sent", 1)
        ]

    @pytest.mark.usefixtures("valkey")
    def test_a_lost_run_that_was_judged_is_closed_with_its_verdict(
        self, app: Flask, scheduler: Scheduler
    ) -> None:
        claim = new_claim(new_monitor())
        claim.record_verdict([], verdict="warn", summary="A disk fills up.")
        lose(claim)

        scheduler.tick(NOW + 10 * MINUTE)

        db.session.rollback()
        run = db.session.get_one(Run, claim.run_id)
        assert (run.status, run.summary, run.error_kind) == ("warn", "A disk fills up.", None)

    @pytest.mark.usefixtures("valkey")
    def test_what_could_not_be_delivered_is_rung_for_when_it_is_due_again(
        self, app: Flask, scheduler: Scheduler, mailbox: Mailbox
    ) -> None:
        claim = new_claim(new_monitor())
        letter = {"channel": "email", "recipient": "ops@example.com", "due_at": NOW}
        claim.record_verdict([letter], verdict="alert", summary="The shop is down.")
        claim.finish(NOW, 200)
        with writing():
            db.session.execute(update(Notification).values(due_at=NOW + MINUTE, attempts=1))

        scheduler.tick(NOW)
        too_early = app.extensions["doorbell"].waiting()
        scheduler.tick(NOW + MINUTE)
        with working(app):
            until(lambda: mailbox.letters)

        assert too_early == 0
        assert [sent["To"] for sent in mailbox.letters] == ["ops@example.com"]
