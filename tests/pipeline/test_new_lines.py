"""Runs one after the other: what was judged is told from what is new."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.pipeline.analyze.llm_stub import Stub, fails, good
from tests.pipeline.logs import write
from tests.pipeline.test_run import claimed, whole_row
from tests.rows import A_COMMAND, new_monitor
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Monitor, Position, Run
from webapp.pipeline.run import execute
from webapp.pipeline.sections import NEW_FROM_HERE, NOTHING_NEW

CALM, BAD = "INFO order filled", "ERROR payment failed"


class Log:
    """A file that a Monitor's one Input prints, and the Runs of that Monitor."""

    def __init__(self, path: Path, settings: Settings, **values: Any) -> None:
        self.path, self.settings = path, settings
        self.path.write_text("")
        printed = A_COMMAND | {"label": "LOG", "command": f"cat {path}"} | values
        self.monitor_id = new_monitor(inputs=[printed]).id
        self._second = 0

    def write(self, *words: str) -> None:
        with self.path.open("a") as file:
            for word in words:
                file.write(f"2026-01-31 08:00:{self._second:02} {word}\n")
                self._second += 1

    def run(self) -> SimpleNamespace:
        """The columns of one more Run, at its end."""
        claim = claimed(db.session.get_one(Monitor, self.monitor_id))
        execute(claim, self.settings)
        return SimpleNamespace(**whole_row(claim.run_id))

    def change(self, command: str) -> None:
        monitor = db.session.get_one(Monitor, self.monitor_id)
        monitor.change({"inputs": [A_COMMAND | {"label": "LOG", "command": command}]}, utc_now())


@pytest.fixture
def log(app: Flask, settings: Settings, tmp_path: Path) -> Log:
    return Log(tmp_path / "app.log", settings)


@BOTH_DATABASES
def test_a_line_is_judged_once_and_is_context_from_then_on(log: Log) -> None:
    log.write(CALM, BAD)
    first = log.run()
    second = log.run()
    log.write(CALM)
    third = log.run()
    log.write(BAD)
    fourth = log.run()

    assert [run.status for run in (first, second, third, fourth)] == ["alert", "ok", "ok", "alert"]
    assert first.logs_text == f"[LOG]\n2026-01-31 08:00:00 {CALM}\n2026-01-31 08:00:01 {BAD}"
    assert second.logs_text == f"{first.logs_text}\n{NOTHING_NEW}"
    assert third.logs_text == (f"{first.logs_text}\n{NEW_FROM_HERE}\n2026-01-31 08:00:02 {CALM}")
    (found,) = fourth.findings
    assert (found["quote"], found["new"]) == (f"2026-01-31 08:00:03 {BAD}", True)
    assert [run.inputs[0]["new_lines"] for run in (first, second, third)] == [None, 0, 1]


def test_only_new_lines_are_sent_where_an_input_asks_for_that(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "app.log", settings, new_lines="only")
    log.write(BAD)
    log.run()
    log.write(CALM)

    second, third = log.run(), log.run()

    assert second.logs_text == f"[LOG]\n{NEW_FROM_HERE}\n2026-01-31 08:00:01 {CALM}"
    assert third.logs_text == f"[LOG]\n{NOTHING_NEW}"
    assert third.summary == "Built-in reading, no LLM: nothing new since the last Run."
    told = [(run.inputs[0]["lines"], run.inputs[0]["new_lines"]) for run in (second, third)]
    assert told == [(1, 1), (0, 0)]


@pytest.mark.parametrize("mode", ["command", "file"])
def test_all_is_judged_each_time_where_an_input_asks_for_that(
    app: Flask, settings: Settings, tmp_path: Path, mode: str
) -> None:
    path = tmp_path / "app.log"
    read = (
        {"mode": "file", "command": None, "config": {"path": str(path)}} if mode == "file" else {}
    )
    log = Log(path, settings, new_lines="all", **read)
    log.write(BAD)

    first, second = log.run(), log.run()

    assert (first.status, second.status) == ("alert", "alert")
    assert second.logs_text == first.logs_text
    assert second.inputs[0]["new_lines"] is None


def test_lines_of_before_that_were_not_even_read_are_not_new(
    app: Flask, settings: Settings
) -> None:
    # Far more than is kept of it, and each line tells a time.
    printed = "seq -f '2026-01-31 08:00:00 INFO request %.0f' 1 20000"
    monitor = new_monitor(inputs=[A_COMMAND | {"command": printed, "new_lines": "marked"}])

    def run() -> Run:
        claim = claimed(monitor)
        execute(claim, settings)
        return db.session.get_one(Run, claim.run_id, populate_existing=True)

    run()

    assert run().inputs[0]["new_lines"] == 0


def test_a_state_is_judged_each_time(app: Flask, settings: Settings) -> None:
    state = A_COMMAND | {"command": "echo ERROR the disk is full"}
    monitor = new_monitor(inputs=[state])

    for _ in range(2):
        claim = claimed(monitor)
        execute(claim, settings)

        run = db.session.get_one(Run, claim.run_id, populate_existing=True)
        assert run.status == "alert"
        assert NOTHING_NEW not in (run.logs_text or "")


def test_what_a_tail_did_not_print_any_more_is_said(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "app.log"
    log = Log(path, settings, command=f"tail -n 5 {path}")
    log.write(CALM, CALM)
    log.run()
    log.write(*[CALM] * 3)
    whole = log.run()
    log.write(*[CALM] * 50)
    short = log.run()
    same = log.run()

    assert [run.inputs[0]["new_lines"] for run in (whole, short, same)] == [3, 5, 0]
    assert [len(run.inputs[0]["notices"]) for run in (whole, short, same)] == [0, 1, 0]
    assert "some that came between may be missing …" in short.logs_text


def test_a_log_that_begins_after_silence_or_falls_silent_misses_nothing(log: Log) -> None:
    log.run()
    log.write(CALM)
    began = log.run()
    log.path.write_text("")
    ended = log.run()

    assert [run.inputs[0]["notices"] for run in (began, ended)] == [[], []]


def test_what_was_not_judged_is_new_until_it_is(app: Flask, settings: Settings, log: Log) -> None:
    log.write(CALM)
    log.run()
    log.write(BAD)
    log.settings = settings.model_copy(update={"llm_model": "openai:gpt", "openai_api_key": None})

    failed = log.run()
    log.settings = settings
    judged = log.run()

    assert (failed.status, judged.status) == ("error", "alert")
    assert judged.logs_text == failed.logs_text


def test_an_input_that_is_changed_begins_anew(log: Log) -> None:
    log.write(BAD)
    log.run()
    log.change(f"cat -- {log.path}")

    run = log.run()

    assert run.status == "alert"
    assert run.inputs[0]["new_lines"] is None


def test_a_model_that_cites_only_what_was_judged_before_raises_nothing(
    settings: Settings, log: Log
) -> None:
    log.write(BAD)
    log.run()
    log.write(CALM)

    with Stub(good()) as stub:
        asking = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        log.settings = settings.model_copy(update=asking)
        run = log.run()

    assert run.status == "ok"
    (finding,) = run.findings
    assert (finding["line"], finding["severity"], finding["new"]) == (2, "alert", False)
    assert run.summary == "The disk is full. All that it found was judged at an earlier Run."
    sent = stub.asked[0]["messages"][-1]["content"]
    assert f"2: 2026-01-31 08:00:00 {BAD}\n{NEW_FROM_HERE}\n4: " in sent


def test_a_model_that_cites_nothing_raises_nothing_where_nothing_is_new(
    settings: Settings, log: Log
) -> None:
    log.write(BAD)
    log.run()

    with Stub(good(findings=[])) as stub:
        asking = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        log.settings = settings.model_copy(update=asking)
        unchanged = log.run()
        log.write(CALM)
        changed = log.run()

    assert (unchanged.status, changed.status) == ("ok", "alert")
    assert unchanged.summary == "The disk is full. All that it found was judged at an earlier Run."


def test_silence_is_an_alert_without_any_model(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "app.log", settings, expect_lines_within=600)
    log.write(CALM)
    log.run()
    quiet = log.run()
    silent_for(log.monitor_id, minutes=11)

    silent = log.run()
    log.write(CALM)
    spoken = log.run()

    assert [run.status for run in (quiet, silent, spoken)] == ["ok", "alert", "ok"]
    (finding,) = silent.findings
    assert (finding["label"], finding["line"], finding["verified"]) == ("LOG", None, True)
    assert finding["explanation"] == (
        "No new line for 11 min, where one is expected within 10 min."
    )
    assert (silent.summary or "").startswith("LOG: No new line for 11 min")


@pytest.mark.parametrize(
    ("words", "new_lines"),
    [(["tick"], "marked"), (["tick"], "all"), (["2026-01-31 08:00:00 tick"], "all")],
)
def test_what_is_judged_whole_and_stays_the_same_is_silent(
    app: Flask, settings: Settings, tmp_path: Path, words: list[str], new_lines: str
) -> None:
    log = Log(tmp_path / "app.log", settings, expect_lines_within=600, new_lines=new_lines)
    write(log.path, *words)
    log.run()
    silent_for(log.monitor_id, minutes=11)

    silent = log.run()
    write(log.path, *words)
    spoken = log.run()
    again = log.run()

    assert [run.status for run in (silent, spoken, again)] == ["alert", "ok", "ok"]
    assert silent.findings[0]["by"] == "silence"


def test_silence_is_an_alert_though_the_model_cannot_be_asked(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "app.log", settings, expect_lines_within=600)
    log.write(CALM)
    log.run()
    silent_for(log.monitor_id, minutes=11)

    with Stub(fails(401)) as stub:
        asking = {"llm_model": "openai:test-model", "openai_base_url": stub.url}
        log.settings = settings.model_copy(update=asking)
        run = log.run()

    assert (run.status, run.error_kind) == ("alert", "llm_unavailable")
    assert [finding["label"] for finding in run.findings] == ["LOG"]
    assert (run.summary or "").startswith("LOG: No new line for 11 min")


@pytest.mark.parametrize(("words", "new_lines"), [((CALM, BAD), "marked"), ((), "all")])
def test_silence_is_heard_while_no_run_was_ever_judged(
    app: Flask, settings: Settings, tmp_path: Path, words: tuple[str, ...], new_lines: str
) -> None:
    log = Log(tmp_path / "app.log", settings, expect_lines_within=600, new_lines=new_lines)
    log.write(*words)
    # Without a key no model can be asked.
    log.settings = settings.model_copy(update={"llm_model": "openai:gpt", "openai_api_key": None})
    quiet = log.run()
    silent_for(log.monitor_id, minutes=11)

    silent = log.run()
    log.write(CALM)
    spoken = log.run()
    log.settings = settings
    judged = log.run()

    assert [run.status for run in (quiet, silent, spoken)] == ["error", "alert", "error"]
    assert silent.findings[0]["by"] == "silence"
    assert judged.logs_text == spoken.logs_text
    assert (judged.status, judged.inputs[0]["new_lines"]) == ("alert" if words else "ok", None)


def test_while_runs_end_in_errors_lines_that_came_before_are_no_sign_of_life(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "app.log", settings, expect_lines_within=600)
    log.write(CALM)
    log.run()
    log.write(CALM)
    log.settings = settings.model_copy(update={"llm_model": "openai:gpt", "openai_api_key": None})
    log.run()
    silent_for(log.monitor_id, minutes=11)

    silent = log.run()
    log.settings = settings
    judged = log.run()

    assert (silent.status, silent.error_kind) == ("alert", "llm_unavailable")
    assert judged.inputs[0]["new_lines"] == 1


def test_an_input_whose_new_lines_are_ignored_is_not_silent(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "app.log", settings, expect_lines_within=600)
    db.session.get_one(Monitor, log.monitor_id).change({"rules": {"ignore": [CALM]}}, utc_now())
    log.write(CALM)
    log.run()
    silent_for(log.monitor_id, minutes=11)
    log.write(CALM)

    assert [log.run().status, log.run().status] == ["ok", "ok"]


def test_an_input_that_could_not_be_read_is_not_called_silent(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "app.log", settings, expect_lines_within=600)
    log.write(CALM)
    log.run()
    silent_for(log.monitor_id, minutes=11)
    log.path.unlink()

    assert log.run().error_kind == "inputs_failed"


def silent_for(monitor_id: int, minutes: int) -> None:
    """As it stands once nothing new came for so long."""
    kept = dict(Position.of(monitor_id))
    spoke = utc_now() - timedelta(minutes=minutes)
    kept["LOG"] |= {"spoke": spoke.isoformat()}
    Position.keep(monitor_id, kept, utc_now())
    db.session.commit()
