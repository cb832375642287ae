"""Whole Runs one after the other: what is like before is not paid for again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.conftest import BOTH_DATABASES
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.analyze.model_servers import vllm
from tests.pipeline.http_server import Reply, Request, serving
from tests.pipeline.test_new_lines import Log, silent_for
from tests.rows import A_COMMAND
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db, writing
from webapp.models import LlmUsage, Monitor, Run
from webapp.pipeline.analyze.serving import forget

FILLED = [f"INFO order {n} filled" for n in range(5)]
WELL = good(status="ok", findings=[], summary="All is well.")
# Of the line below those of the first Run.
BAD = good(findings=[{"severity": "alert", "explanation": "That is odd.", "lines": [8]}])


@pytest.fixture
def llm() -> Iterator[Stub]:
    with Stub(WELL) as stub:
        yield stub


@pytest.fixture
def log(app: Flask, settings: Settings, tmp_path: Path, llm: Stub) -> Log:
    return asked_of(llm, settings, tmp_path)


def asked_of(llm: Stub, settings: Settings, folder: Path, **values: Any) -> Log:
    asking = {"llm_model": "openai:test-model", "openai_base_url": llm.url}
    return Log(folder / "app.log", settings.model_copy(update=asking), **values)


def change(log: Log, **values: Any) -> None:
    db.session.get_one(Monitor, log.monitor_id).change(values, utc_now())


def ran(log: Log, *lines: str) -> SimpleNamespace:
    log.write(*lines)
    return log.run()


@BOTH_DATABASES
def test_where_nothing_of_another_kind_is_new_the_llm_is_not_asked(log: Log, llm: Stub) -> None:
    ran(log, *FILLED)
    judged = ran(log, *FILLED)
    again, once_more = ran(log, *FILLED), ran(log, *FILLED)

    assert len(llm.asked) == 2
    assert [run.reused_from for run in (judged, again, once_more)] == [None, judged.id, judged.id]
    assert (again.status, again.llm_model) == ("ok", "openai:test-model")
    assert (again.input_tokens, again.output_tokens, again.cost_usd) == (0, 0, 0.0)
    assert again.summary == (
        f"Nothing of another kind is new since Run {judged.id}, whose verdict is reused: "
        "All is well."
    )
    assert once_more.summary == again.summary
    assert (again.fence, again.message_digest, again.profile) == (None, None, None)
    assert again.logs_text and again.logs_text.endswith("2026-01-31 08:00:14 INFO order 4 filled")


def test_where_nothing_at_all_is_new_the_llm_is_not_asked(log: Log, llm: Stub) -> None:
    first = ran(log, *FILLED)
    second = ran(log)

    assert len(llm.asked) == 1
    assert second.reused_from == first.id
    assert second.summary.startswith(f"Nothing is new since Run {first.id}, whose verdict")


@BOTH_DATABASES
def test_what_was_reused_is_counted_apart_from_what_was_paid(log: Log) -> None:
    ran(log, *FILLED)
    ran(log)

    today = utc_now().date()
    assert LlmUsage.since(today, log.monitor_id) == (1, 100, 20, 0.0, 1, 1)


@pytest.mark.parametrize(
    "line",
    ["INFO order 4 rejected", "ERROR order 4 filled", "INFO order 4 filled in -1 ms"],
)
def test_a_new_kind_of_line_is_judged(log: Log, llm: Stub, line: str) -> None:
    ran(log, *FILLED)
    ran(log, *FILLED)

    run = ran(log, *FILLED, line)

    assert (run.reused_from, len(llm.asked)) == (None, 3)


def test_after_a_verdict_that_is_not_ok_the_next_is_judged(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    with Stub(WELL, BAD, WELL) as llm:
        log = asked_of(llm, settings, tmp_path)
        first, bad = ran(log, *FILLED), ran(log, "INFO odd")
        after, quiet = ran(log), ran(log)

    assert [run.status for run in (first, bad, after, quiet)] == ["ok", "alert", "ok", "ok"]
    assert [run.reused_from for run in (after, quiet)] == [None, after.id]


def test_a_run_that_failed_between_changes_nothing(log: Log) -> None:
    first = ran(log, *FILLED)
    written = log.path.read_text()
    log.path.unlink()
    failed = log.run()
    log.path.write_text(written)

    assert (failed.error_kind, log.run().reused_from) == ("inputs_failed", first.id)


@pytest.mark.parametrize(
    "changed",
    [
        {"prompt": "Look for late orders."},
        {"rules": {"ignore": ["DEBUG"], "must_alert": []}},
        {"llm_model": "openai:another-model"},
        {"privacy_config": {"redact": ["ip"]}},
        {"window_config": {"max_lines": 400, "max_chars": 8000}},
        {"cost_config": {"reuse_verdicts": False}},
    ],
    ids=["prompt", "rules", "model", "privacy", "window", "switched off"],
)
def test_a_monitor_that_was_changed_is_judged_anew(
    log: Log, llm: Stub, changed: dict[str, Any]
) -> None:
    ran(log, *FILLED)
    change(log, **changed)

    run = ran(log)

    assert (run.reused_from, len(llm.asked)) == (None, 2)


def test_a_model_that_reads_another_number_of_tokens_judges_anew(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    contexts = {"test-model": 16_384}

    def answer(request: Request) -> Reply:
        if request.path.endswith("/chat/completions"):
            return Reply(WELL[2], headers={"Content-Type": "application/json"})
        return vllm(contexts)(request)

    with serving(answer) as server:
        asking = {"llm_model": "openai:test-model", "openai_base_url": f"{server.url}/v1"}
        log = Log(tmp_path / "app.log", settings.model_copy(update=asking))
        runs = [ran(log, *FILLED) for _ in range(3)]
        contexts["test-model"] = 8192
        forget()
        runs.append(ran(log, *FILLED))

    reused = [run.reused_from is not None for run in runs]
    assert reused == [False, False, True, False]


def test_every_nth_run_is_judged_in_any_case(log: Log, llm: Stub) -> None:
    change(log, cost_config={"judge_every": 3})
    runs = [ran(log) for _ in range(7)]

    first, fourth, seventh = runs[0], runs[3], runs[6]
    assert [run.reused_from for run in runs] == [
        None,
        first.id,
        first.id,
        None,
        fourth.id,
        fourth.id,
        None,
    ]
    assert (seventh.status, len(llm.asked)) == ("ok", 3)


def test_a_verdict_of_yesterday_is_not_reused(log: Log, llm: Stub) -> None:
    first = ran(log, *FILLED)
    with writing():
        aged = utc_now() - timedelta(hours=24)
        db.session.execute(update(Run).where(Run.id == first.id).values(finished_at=aged))

    assert ran(log).reused_from is None


def test_what_a_rule_or_the_built_in_reading_finds_is_judged_each_time(log: Log, llm: Stub) -> None:
    warned = [ran(log, "WARN queue is long") for _ in range(3)]
    change(log, rules={"ignore": [], "must_alert": ["margin call"]})
    ruled = [ran(log, "INFO margin call") for _ in range(2)]

    assert [run.reused_from for run in (*warned, *ruled)] == [None] * 5
    assert [run.status for run in ruled] == ["alert", "alert"]


def test_a_run_with_an_input_that_failed_is_judged(
    app: Flask, settings: Settings, tmp_path: Path, llm: Stub
) -> None:
    log = asked_of(llm, settings, tmp_path)
    both = [A_COMMAND | {"label": "LOG", "command": f"cat {log.path}"}]
    both += [A_COMMAND | {"label": "TWO", "command": f"test -e {tmp_path}/two || exit 3"}]
    change(log, inputs=both)
    (tmp_path / "two").touch()
    ran(log, *FILLED)
    (tmp_path / "two").unlink()

    run = ran(log)

    assert (run.reused_from, len(llm.asked)) == (None, 2)


def test_the_built_in_reading_has_nothing_to_reuse(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = Log(tmp_path / "app.log", settings)
    first, second = ran(log, *FILLED), ran(log)

    assert (first.profile, second.reused_from) == (None, None)


def test_where_the_judged_run_is_kept_no_longer_the_next_is_judged(
    log: Log, settings: Settings, llm: Stub
) -> None:
    log.settings = log.settings.model_copy(update={"max_run_history_per_monitor": 1})
    first, second, third = ran(log, *FILLED), ran(log), ran(log)

    assert [run.reused_from for run in (first, second, third)] == [None, first.id, None]


def test_a_state_that_is_as_it_was_is_not_paid_for_again(
    app: Flask, settings: Settings, tmp_path: Path, llm: Stub
) -> None:
    log = asked_of(llm, settings, tmp_path)
    log.path.write_text("/dev/sda1 40% /\n")
    first, same = log.run(), log.run()
    log.path.write_text("/dev/sda1 97% /\n")
    full = log.run()

    assert [run.reused_from for run in (first, same, full)] == [None, first.id, None]


def test_a_silent_input_is_an_alert_though_nothing_is_new(
    settings: Settings, tmp_path: Path, llm: Stub, app: Flask
) -> None:
    log = asked_of(llm, settings, tmp_path, expect_lines_within=600)
    ran(log, *FILLED)
    silent_for(log.monitor_id, minutes=11)

    run = log.run()

    assert (run.status, run.reused_from) == ("alert", None)
