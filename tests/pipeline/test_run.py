"""Whole Runs, with real commands, a real database and the built-in reading."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.rows import A_COMMAND, TIMEOUT, new_monitor, new_source, new_target
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Claim, LeaseLost, Monitor, Notification, Run
from webapp.pipeline.run import close_lost, execute

TO_OPS = {"email_recipients": ["ops@example.com"], "notify_on": "alert_only"}
HEALTHY = "echo '2026-01-31 08:00:00 INFO order 17 filled'"
BROKEN = "for n in 1 2 3; do echo '2026-01-31 08:00:0'$n' ERROR payment failed'; done"
NO_MAIL = "No e-mail server is configured; set SMTP_HOST."


def an_input(label: str, command: str, **values: Any) -> dict[str, Any]:
    return A_COMMAND | {"label": label, "command": command} | values


def claimed(monitor: Monitor) -> Claim:
    run_id, _ = Run.start(monitor.id, "manual", utc_now())
    claim = Claim.take(run_id, utc_now(), TIMEOUT)
    assert claim
    return claim


def carried_out(settings: Settings, *inputs: dict[str, Any], **values: Any) -> Run:
    """The Run of a new Monitor with these Inputs, at its end."""
    claim = claimed(new_monitor(inputs=list(inputs), **values))
    execute(claim, settings)
    return db.session.get_one(Run, claim.run_id, populate_existing=True)


def told(run: Run) -> list[tuple[str, str, str, int, str | None]]:
    return [
        (row.channel, row.recipient, row.status, row.attempts, row.error)
        for row in run.notifications
    ]


def test_a_healthy_log_is_ok_and_nobody_is_told(app: Flask, settings: Settings) -> None:
    run = carried_out(settings, an_input("ORDERS", HEALTHY), notification_config=TO_OPS)

    assert (run.status, run.verdict, run.stage) == ("ok", "ok", None)
    assert run.logs_text == "[ORDERS]\n2026-01-31 08:00:00 INFO order 17 filled"
    assert run.summary and run.summary.startswith("Built-in reading, no LLM:")
    assert (run.findings, run.error_kind, run.error_message) == ([], None, None)
    assert (run.llm_model, run.input_tokens, run.output_tokens, run.cost_usd) == (
        "builtin",
        0,
        0,
        0.0,
    )
    assert told(run) == []
    assert (run.token, run.lease_until, run.live) == (None, None, False)


def test_what_was_gathered_is_on_record(app: Flask, settings: Settings) -> None:
    run = carried_out(
        settings,
        an_input("LONG", "seq 1 100"),
        window_config={"max_lines": 10, "max_chars": 1000},
    )

    (of_input,) = run.inputs
    assert of_input.pop("duration_ms") >= 0
    assert of_input == {
        "label": "LONG",
        "mode": "command",
        "command": "seq 1 100",
        "status": "ok",
        "exit_code": 0,
        "bytes": 292,
        "lines": 100,
        "kept_lines": 8,
        "kept_chars": 24,
        "truncated": True,
        "alike_lines": 0,
        "ignored_lines": 0,
        "new_lines": None,
        "notices": [],
        "error": None,
        "stderr": "",
    }
    numbers = "\n".join(str(number) for number in range(93, 101))
    assert run.logs_text == f"[LONG]\n… 92 earlier lines not shown …\n{numbers}"


def test_errors_in_a_log_are_an_alert_with_the_lines_that_show_it(
    app: Flask, settings: Settings
) -> None:
    run = carried_out(settings, an_input("SHOP", BROKEN), notification_config=TO_OPS)

    assert run.status == "alert"
    assert run.findings[0]["quote"] == "2026-01-31 08:00:01 ERROR payment failed"
    assert run.findings[0]["verified"] is True


def test_where_no_server_is_configured_a_notification_says_why_it_was_skipped(
    app: Flask, settings: Settings
) -> None:
    panic = "echo 'kernel: Out of memory: Killed process 4711 (shop)'"

    run = carried_out(settings, an_input("SHOP", panic), notification_config=TO_OPS)

    assert run.status == "alert"
    assert told(run) == [("email", "ops@example.com", "skipped", 0, NO_MAIL)]


def test_nobody_is_told_of_a_monitor_that_was_muted_while_it_ran(
    app: Flask, settings: Settings
) -> None:
    with_mail = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1})
    monitor = new_monitor(inputs=[an_input("SHOP", BROKEN)], notification_config=TO_OPS)
    claim = claimed(monitor)
    monitor.mute(utc_now(), None)

    execute(claim, with_mail)

    run = db.session.get_one(Run, claim.run_id, populate_existing=True)
    reason = "The Monitor is muted until it is unmuted."
    assert run.status == "alert"
    assert told(run) == [("email", "ops@example.com", "skipped", 0, reason)]


def test_a_run_that_read_no_line_but_heard_a_complaint_is_not_plainly_well(
    app: Flask, settings: Settings
) -> None:
    run = carried_out(
        settings, an_input("SHOP", "echo 'ERROR no money' >&2"), an_input("QUIET", "true")
    )

    assert run.status == "warn"
    assert run.summary == (
        "Built-in reading, no LLM: there were no lines to read. "
        "No Input gave a line to judge; SHOP said on standard error: ERROR no money"
    )


@pytest.mark.parametrize(
    "commands",
    [["true"], ["false"], [f"{HEALTHY}; echo 'ERROR 1 of 3 done' >&2"], [HEALTHY, "echo x >&2"]],
)
def test_standard_error_beside_lines_that_were_read_and_silence_change_no_verdict(
    app: Flask, settings: Settings, commands: list[str]
) -> None:
    inputs = [an_input(f"INPUT_{n}", command) for n, command in enumerate(commands)]

    run = carried_out(settings, *inputs)

    assert run.status == "ok"
    assert "standard error" not in (run.summary or "")


def test_a_run_keeps_the_prompt_that_it_was_judged_by(app: Flask, settings: Settings) -> None:
    run = carried_out(settings, an_input("SHOP", HEALTHY), prompt="Look for lost orders.")
    run.monitor.change({"prompt": "Look for late orders."}, utc_now())

    assert run.prompt == "Look for lost orders."


def test_a_run_goes_on_without_an_input_that_failed_and_says_so(
    app: Flask, settings: Settings
) -> None:
    run = carried_out(
        settings,
        an_input("GOOD", HEALTHY),
        an_input("BAD", "echo almost; echo 'no such table' >&2; exit 3"),
    )

    good, bad = run.inputs
    assert run.status != "error"
    assert (good["status"], good["error"]) == ("ok", None)
    assert (bad["status"], bad["exit_code"], bad["error"], bad["stderr"]) == (
        "failed",
        3,
        "exited with status 3: no such table",
        "no such table\n",
    )
    assert run.logs_text and "[GOOD]\n" in run.logs_text
    assert run.summary and "BAD" in run.summary + (run.report or "")


def test_where_no_input_could_be_read_the_run_is_an_error_and_told_of_like_an_alert(
    app: Flask, settings: Settings
) -> None:
    run = carried_out(
        settings,
        an_input("ONE", "exit 3"),
        an_input("TWO", "sleep 30", timeout_seconds=1),
        notification_config=TO_OPS,
    )

    assert (run.status, run.summary, run.error_kind) == ("error", None, "inputs_failed")
    assert run.error_message == (
        "No Input could be read to its end, so nothing was judged. ONE: exited with status 3; "
        "TWO: timed out after 1 s; it had printed nothing that can be shown."
    )
    assert (run.findings, run.llm_model) == ([], None)
    assert told(run) == [("email", "ops@example.com", "skipped", 0, NO_MAIL)]


def test_a_file_is_read_through_its_log_source(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = tmp_path / "shop.log"
    log.write_text("INFO one\nINFO two\n")
    source = new_source(new_target(), name="shop log", config={"path": str(log)})

    run = carried_out(settings, log_source_id=source.id)

    assert run.logs_text == "[SHOP_LOG]\nINFO one\nINFO two"


def test_no_secret_is_stored_wherever_it_shows_up(app: Flask, settings: Settings) -> None:
    held = settings.signing_key()
    aws = "AKIAIOSFODNN7EXAMPLE"
    mine = settings.model_copy(update={"database_url": "postgresql://u:s%2Fcret-word@h/n"})

    run = carried_out(
        mine,
        an_input("OUT", f"echo 'ERROR key {held} and {aws} and s/cret-word'"),
        an_input("ERR", f"echo 'ERROR {held} {aws} s%2Fcret-word' >&2; exit 3"),
        an_input("GONE", f"exit 4 # {aws} {held}"),
    )

    stored = json.dumps(whole_row(run.id), default=str)
    assert [
        secret for secret in (held, aws, "s/cret-word", "s%2Fcret-word") if secret in stored
    ] == []
    assert len(re.findall(r"\[REDACTED:", stored)) >= 8
    assert run.redactions["secret"] == 2


def test_an_error_message_does_not_carry_a_secret(app: Flask, settings: Settings) -> None:
    held = settings.signing_key()

    run = carried_out(settings, an_input("ONE", "ls", workdir=f"/{held}"))

    assert run.error_kind == "inputs_failed"
    assert held not in json.dumps(whole_row(run.id), default=str)


def whole_row(run_id: int) -> dict[str, Any]:
    """Every column, deferred ones too, as the database has it."""
    table = Run.__table__
    row = db.session.execute(select(*table.c).where(table.c.id == run_id)).one()
    return dict(row._mapping)


def test_a_run_that_was_judged_by_a_worker_that_died_is_not_judged_again(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    monitor = new_monitor(inputs=[an_input("ONCE", f"touch {tmp_path}/again")])
    dead = claimed(monitor)
    letter = {"channel": "email", "recipient": "ops@example.com", "due_at": utc_now()}
    dead.record_verdict([letter], verdict="alert", summary="The shop is down.")
    dead.give_up("It died.", utc_now())
    second = Claim.take(dead.run_id, utc_now(), TIMEOUT)
    assert second

    execute(second, settings)

    run = db.session.get_one(Run, dead.run_id, populate_existing=True)
    assert not (tmp_path / "again").exists()
    assert (run.status, run.summary) == ("alert", "The shop is down.")
    assert [row[1] for row in told(run)] == ["ops@example.com"]


def test_a_verdict_on_the_second_attempt_shows_nothing_of_the_first(
    app: Flask, settings: Settings
) -> None:
    first = claimed(new_monitor())
    first.give_up("The worker failed: KeyError.", utc_now())
    second = Claim.take(first.run_id, utc_now(), TIMEOUT)
    assert second

    execute(second, settings)

    run = db.session.get_one(Run, first.run_id, populate_existing=True)
    assert (run.status, run.error_kind, run.error_message) == ("ok", None, None)


STAGES: dict[str, Callable[[Claim, Settings], None]] = {
    "at its start": execute,
    "when it is closed as lost": close_lost,
}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_where_the_monitor_was_deleted_the_lease_is_lost(
    app: Flask, settings: Settings, stage: Callable[[Claim, Settings], None]
) -> None:
    monitor = new_monitor()
    claim = claimed(monitor)
    monitor.delete()

    with pytest.raises(LeaseLost):
        stage(claim, settings)

    assert db.session.scalars(select(Run.id)).all() == []


def test_where_another_worker_took_over_meanwhile_nothing_is_written_and_nobody_told(
    app: Flask, settings: Settings
) -> None:
    monitor = new_monitor(notification_config=TO_OPS | {"notify_on": "all"})
    slow = claimed(monitor)
    slow.give_up("It was away for a while.", utc_now())
    assert Claim.take(slow.run_id, utc_now(), TIMEOUT)
    before = whole_row(slow.run_id)

    with pytest.raises(LeaseLost):
        execute(slow, settings)

    db.session.rollback()
    assert whole_row(slow.run_id) == before
    assert db.session.scalars(select(Notification.id)).all() == []


def test_how_far_a_run_came_can_be_seen_while_it_runs(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    look = tmp_path / "look.py"
    look.write_text(
        "import sqlite3, sys\n"
        "query = 'SELECT status, stage FROM runs'\n"
        "print(sqlite3.connect(sys.argv[1]).execute(query).fetchall())\n"
    )
    database = settings.sqlalchemy_url.removeprefix("sqlite:///")

    run = carried_out(settings, an_input("SEEN", f"{sys.executable} {look} {database}"))

    assert run.logs_text == "[SEEN]\n[('running', 'gathering')]"
