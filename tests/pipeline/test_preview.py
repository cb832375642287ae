"""A Monitor that is not saved yet: what it would gather, send and cost, and what a model says."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.llm_server import serving_model
from tests.pipeline.analyze.llm_stub import Stub, fails, good
from tests.pipeline.analyze.test_llm import NEEDS_ANTHROPIC
from tests.rows import finished_run, new_monitor, new_source, new_target
from tests.waiting import until
from webapp.config import Settings
from webapp.extensions import Base, db
from webapp.pipeline.preview import Preview, preview, try_out
from webapp.schemas import Invalid, MonitorIn, validate

MODEL = "openai:test"
LINES = "printf 'INFO one\\nERROR two\\n'"


def draft(**values: Any) -> MonitorIn:
    """Of a Monitor that prints two lines, on a Target of its own unless one is named."""
    if not {"target_id", "log_source_id"} & set(values):
        values["target_id"] = new_target().id
    inputs = [{"label": "APP", "command": LINES}]
    return validate(
        MonitorIn, {"name": "App", "prompt": "Look for errors.", "inputs": inputs} | values
    )


def input_of(command: str, **values: Any) -> list[dict[str, Any]]:
    return [{"label": "APP", "command": command} | values]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub(good()) as stub:
        yield stub


@pytest.fixture
def asking(settings: Settings, stub: Stub) -> Settings:
    """The stub judges."""
    return settings.model_copy(update={"openai_base_url": stub.url, "llm_model": MODEL})


def test_a_preview_tells_what_each_input_gave_and_the_text_that_is_judged(
    app: Flask, settings: Settings
) -> None:
    inputs = [*input_of(LINES), {"label": "GONE", "command": "echo why >&2; exit 3"}]

    shown = preview(draft(inputs=inputs), settings)

    told = ("label", "status", "exit_code", "lines", "kept_lines", "truncated", "stderr")
    assert [[item[name] for name in told] for item in shown.inputs] == [
        ["APP", "ok", 0, 2, 2, False, ""],
        ["GONE", "failed", 3, 0, 0, False, "why\n"],
    ]
    assert shown.logs_text.startswith("[APP]\nINFO one\nERROR two\n\n[GONE]\n")
    assert (shown.problem, shown.outcome) == (None, None)


def test_what_is_cut_is_counted_as_a_run_counts_it(app: Flask, settings: Settings) -> None:
    window = {"max_lines": 10, "max_chars": 400}

    shown = preview(draft(inputs=input_of("seq 1 100"), window_config=window), settings)

    (given,) = shown.inputs
    assert (given["lines"], given["kept_lines"], given["truncated"]) == (100, 8, True)
    assert "… 92 earlier lines not shown …" in shown.logs_text


def test_the_built_in_reading_sends_nothing_and_costs_nothing(
    app: Flask, settings: Settings
) -> None:
    shown = preview(draft(), settings)

    assert (shown.instructions, shown.message) == (None, None)
    assert (shown.estimate.input_tokens, shown.estimate.cost_usd) == (0, 0.0)


def test_a_model_is_shown_the_very_message_that_it_would_get(
    app: Flask, asking: Settings, stub: Stub
) -> None:
    data = draft()

    shown = preview(data, asking)
    asked_by_preview = len(stub.asked)
    try_out(data, asking)

    assert shown.message
    (sent,) = stub.asked
    assert asked_by_preview == 0
    assert _without_fence(sent["messages"][-1]["content"]) == _without_fence(shown.message)
    assert shown.instructions
    assert shown.instructions in str(sent["messages"][0]["content"])


def test_secrets_are_replaced_in_all_that_is_shown(app: Flask, asking: Settings) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLE"

    shown = preview(draft(inputs=input_of(f"echo key {secret}; echo {secret} >&2")), asking)

    assert secret not in f"{shown.inputs}{shown.logs_text}{shown.message}"
    assert sum(shown.redactions.values()) == 1


def test_a_try_has_the_verdict_with_quotes_of_the_log(app: Flask, asking: Settings) -> None:
    shown = try_out(draft(), asking)

    assert shown.outcome
    told = ("verdict", "summary", "llm_model", "input_tokens", "output_tokens", "cost_usd")
    assert [shown.outcome[name] for name in told] == [
        *("alert", "The disk is full.", MODEL, 100, 20, None)
    ]
    (finding,) = shown.outcome["findings"]
    assert (finding["line"], finding["quote"], finding["verified"]) == (2, "INFO one", True)


def test_a_model_that_fails_says_why_in_a_sentence(app: Flask, settings: Settings) -> None:
    with Stub(fails(401, "bad key")) as stub:
        changes = {"openai_base_url": stub.url, "llm_model": MODEL}
        shown = try_out(draft(), settings.model_copy(update=changes))

    assert shown.outcome
    assert shown.outcome["error_kind"] == "llm_unavailable"
    assert shown.outcome["error_message"].startswith(MODEL)


def test_a_model_without_its_key_is_told_before_anything_is_sent(
    app: Flask, settings: Settings
) -> None:
    shown = preview(draft(llm_model="anthropic:claude-sonnet-4-5"), settings)

    assert shown.problem == f"anthropic:claude-sonnet-4-5 {NEEDS_ANTHROPIC}"
    assert shown.estimate.cost_usd


def test_a_model_that_may_not_be_asked_is_a_problem_before_anybody_saves(
    app: Flask, settings: Settings
) -> None:
    away = settings.model_copy(update={"openai_base_url": "http://8.8.8.8/v1", "llm_model": MODEL})

    shown = preview(draft(privacy_config={"local_model_only": True}), away)

    assert shown.problem
    assert shown.problem.startswith("This Monitor may be judged by a local model only")


def test_inputs_that_all_fail_are_not_judged(app: Flask, asking: Settings, stub: Stub) -> None:
    shown = try_out(draft(inputs=input_of("exit 7")), asking)

    assert shown.problem
    assert shown.problem.startswith("No Input could be read to its end, so nothing was judged. APP")
    assert shown.outcome
    assert shown.outcome["error_kind"] == "inputs_failed"
    assert stub.asked == []


def test_a_command_without_end_is_ended_in_time(app: Flask, settings: Settings) -> None:
    brief = settings.model_copy(update={"command_timeout_seconds": 1})

    shown = preview(draft(inputs=input_of("echo begun; sleep 600")), brief)

    assert shown.inputs[0]["error"] == "timed out after 1 s; what it printed until then was kept"
    assert "begun" in shown.logs_text


def test_where_it_has_no_input_its_log_source_is_read(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    log.write_text("all is well\n")
    source = new_source(new_target(), "shop log", config={"path": str(log)})

    shown = preview(draft(log_source_id=source.id, inputs=[]), settings)

    assert shown.logs_text == "[SHOP_LOG]\nall is well"


def test_what_could_not_be_saved_is_refused_and_nothing_runs(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"

    with pytest.raises(Invalid) as refused:
        preview(draft(target_id=77, inputs=input_of(f"touch {mark}")), settings)

    assert [error.field for error in refused.value.errors] == ["target_id"]
    assert not mark.exists()


@BOTH_DATABASES
def test_neither_changes_a_row_but_what_was_spent(app: Flask, asking: Settings) -> None:
    monitor = new_monitor()
    finished_run(monitor, llm_model=MODEL, input_tokens=500, logs_text="one")
    data = draft(target_id=monitor.target_id)
    before = _rows()

    preview(data, asking, monitor.id)
    after_preview = _rows()
    try_out(data, asking, monitor.id)
    try_out(data, asking)
    after_tries = _rows()

    assert after_preview == before
    del before["llm_usage"]
    spent = [row.input_tokens for row in after_tries.pop("llm_usage")]
    assert sorted(spent) == [100, 100, 500]
    assert after_tries == before


@BOTH_DATABASES
def test_tokens_are_measured_by_earlier_runs_with_the_same_model(
    app: Flask, asking: Settings
) -> None:
    monitor = new_monitor(llm_model=MODEL)
    for model, tokens in ((MODEL, 1000), ("openai:other", 1)):
        used = {"llm_model": model, "input_tokens": tokens, "output_tokens": 70}
        finished_run(monitor, logs_text="[APP]\nINFO one\nERROR two, and more", **used)

    told = preview(draft(target_id=monitor.target_id), asking, monitor.id).estimate

    assert (told.measured_runs, told.output_tokens) == (1, 70)
    assert 900 < told.input_tokens < 1000


def test_no_connection_is_held_while_a_command_runs(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    command = f"touch {begun}; while [ ! -e {go} ]; do sleep 0.05; done; echo done"
    data = draft(inputs=input_of(command))
    shown: list[Preview] = []

    def carry_out() -> None:
        with app.app_context():
            shown.append(preview(data, settings))

    db.session.remove()
    thread = threading.Thread(target=carry_out)
    thread.start()
    until(begun.exists)
    held = db.engine.pool.checkedout()  # type: ignore[attr-defined]
    go.touch()
    thread.join()

    assert held == 0
    assert shown[0].logs_text == "[APP]\ndone"


@pytest.mark.takes(seconds=30)
def test_a_real_small_model_is_tried(app: Flask, settings: Settings) -> None:
    with serving_model() as url:
        changes = {"openai_base_url": url, "llm_model": "openai:local", "llm_timeout_seconds": 150}
        shown = try_out(draft(), settings.model_copy(update=changes))

    assert shown.outcome
    assert shown.outcome["verdict"] in ("ok", "warn", "alert"), shown.outcome
    assert shown.outcome["input_tokens"]


def _rows() -> dict[str, Any]:
    """Every row of every table."""
    tables = Base.metadata.sorted_tables
    rows = {table.name: db.session.execute(select(table)).all() for table in tables}
    assert rows["runs"], "there is something to lose"
    db.session.rollback()
    return rows


def _without_fence(message: str) -> str:
    fence = message.split("contain ")[1].split(",")[0]
    return message.replace(fence, "FENCE")
