"""Whole Runs whose alert is the built-in reading's, and who is to confirm it."""

from typing import Any

import pytest
from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.pipeline.analyze.llm_stub import Stub, fails, good
from tests.pipeline.test_run import an_input
from tests.pipeline.test_run_models import FAILING, FIRST, OTHER, WELL, judged, who
from tests.rows import new_target
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.models import LlmUsage, Run
from webapp.pipeline.asked import asked
from webapp.pipeline.preview import preview
from webapp.schemas import MonitorIn, validate

READING = "Built-in reading, no LLM: a full disk"


def reading(settings: Settings, *script: Any, **values: Any) -> tuple[Run, Stub]:
    by = {"llm_model": "builtin", "verdict_config": {"second_opinion": OTHER}}
    return judged(settings, *script, **by | values)


@BOTH_DATABASES
def test_an_alert_that_the_model_confirms_stands_and_says_by_whom(
    app: Flask, settings: Settings
) -> None:
    run, stub = reading(settings, good())

    assert (run.status, run.llm_model, run.input_tokens) == ("alert", "builtin", 100)
    assert run.summary.startswith(READING)
    assert run.report.endswith(f"A second opinion, by {OTHER}, confirms it.")
    assert who(run) == [("second_opinion", OTHER, "alert")]
    today = utc_now().date()
    assert list(LlmUsage.by("model", today, today)) == [OTHER]
    sent = asked(run)
    assert sent and (sent.message, sent.as_sent) == (
        stub.asked[0]["messages"][1]["content"],
        True,
    )


def test_where_the_model_disagrees_it_is_a_warning_that_shows_both(
    app: Flask, settings: Settings
) -> None:
    run, _ = reading(settings, WELL)

    assert (run.status, run.llm_model) == ("warn", "builtin")
    assert run.summary.startswith(f"Two opinions. The built-in reading says alert: {READING}")
    assert run.summary.endswith(f"{OTHER} says ok: All is well.")
    assert [finding["by"] for finding in run.findings] == ["builtin"]
    assert not run.no_line_cited


@pytest.mark.parametrize(
    ("values", "status"),
    [
        pytest.param({"command": "echo INFO fine"}, "ok", id="no alert"),
        pytest.param({"rules": {"must_alert": ["no space"]}}, "alert", id="a rule is certain"),
        pytest.param({"verdict_config": {}}, "alert", id="nobody is named"),
    ],
)
def test_nobody_is_asked_where_nothing_is_to_be_confirmed(
    app: Flask, settings: Settings, values: dict[str, Any], status: str
) -> None:
    run, stub = reading(settings, WELL, **values)

    assert (run.status, run.calls, stub.asked) == (status, [], [])
    assert (run.prompt_version, run.input_tokens, run.cost_usd) == (None, 0, 0.0)
    assert asked(run) is None


def test_the_same_reading_confirms_nothing_and_the_run_says_so(
    app: Flask, settings: Settings
) -> None:
    run, stub = reading(settings, WELL, verdict_config={"second_opinion": "same"})

    assert (run.status, stub.asked) == ("alert", [])
    assert "No second opinion: the built-in reading would say the same again." in run.report


def test_one_that_is_not_to_be_had_leaves_the_alert(app: Flask, settings: Settings) -> None:
    run, _ = reading(settings, fails(401))

    assert (run.status, run.llm_model) == ("alert", "builtin")
    assert f"The second opinion could not be had: {OTHER} at" in run.report


def test_where_the_model_that_judges_is_out_the_reading_in_its_place_is_confirmed(
    app: Flask, settings: Settings
) -> None:
    run, stub = reading(settings, fails(401), WELL, llm_model=FIRST, llm_fallback="builtin")

    assert (run.status, run.llm_model, run.instead_of) == ("warn", "builtin", FIRST)
    assert who(run) == [("verdict", FIRST, None), ("second_opinion", OTHER, "ok")]
    assert len(stub.asked) == 2


def test_the_very_model_that_is_out_is_not_asked_once_more(app: Flask, settings: Settings) -> None:
    run, stub = reading(
        settings,
        fails(401),
        WELL,
        llm_model=FIRST,
        llm_fallback="builtin",
        verdict_config={"second_opinion": FIRST},
    )

    assert (run.status, run.instead_of, len(stub.asked)) == ("alert", FIRST, 1)
    assert f"No second opinion was asked for, as {FIRST} was out." in run.report


def test_a_budget_that_is_used_up_asks_nobody_and_the_run_says_so(
    app: Flask, settings: Settings
) -> None:
    budget = {"budget": {"tokens_per_day": 100, "policy": "builtin"}}

    run, stub = reading(settings, WELL, llm_model=FIRST, cost_config=budget)

    assert (run.status, run.llm_model, run.calls, stub.asked) == ("alert", "builtin", [], [])
    assert "The second opinion could not be had: This Monitor's budget of 100" in run.report
    assert run.budget_note.endswith("So the built-in reading judged it.")
    assert asked(run) is None


def test_a_preview_shows_what_would_be_sent_and_its_price(app: Flask, settings: Settings) -> None:
    named = {"second_opinion": "anthropic:claude-haiku-4-5"}
    draft = {"name": "Shop", "prompt": "Look.", "target_id": new_target().id}
    shown = [
        preview(
            validate(
                MonitorIn,
                draft | {"inputs": [an_input("APP", command)], "verdict_config": named},
            ),
            settings,
        )
        for command in (FAILING, "echo INFO fine")
    ]

    assert [one.confirmed_by for one in shown] == ["anthropic:claude-haiku-4-5", None]
    assert shown[0].message and "no space left" in shown[0].message
    assert shown[0].estimate.cost_usd
    assert (shown[1].message, shown[1].estimate.cost_usd) == (None, 0.0)
