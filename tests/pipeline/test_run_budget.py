"""Whole Runs under a budget: no call is made that would pass it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.pipeline.analyze.llm_stub import Stub, fails, good
from tests.pipeline.test_run import an_input, claimed, whole_row
from tests.rows import new_monitor
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import LlmUsage, Monitor, Reservation, Run
from webapp.pipeline.asked import could_ask
from webapp.pipeline.checks import ask_model
from webapp.pipeline.preview import try_out
from webapp.pipeline.run import execute
from webapp.schemas import MonitorIn, validate

MODEL = "openai:test-model"
WELL = good(status="ok", findings=[], summary="All is well.")
HEALTHY = an_input("ORDERS", "echo '2026-01-31 08:00:00 INFO order 17 filled'")
# One call fits, which takes 120; before it is made 2,500 to 5,000 are held for it.
ONE_CALL = 5000
NOTHING_FITS = {"budget": {"tokens_per_day": 100}}


@pytest.fixture
def llm() -> Iterator[Stub]:
    with Stub(WELL) as stub:
        yield stub


@pytest.fixture
def asking(app: Flask, settings: Settings, llm: Stub) -> Settings:
    return settings.model_copy(update={"llm_model": MODEL, "openai_base_url": llm.url})


def watched(cost: dict[str, Any], **values: Any) -> Monitor:
    everything = {"reuse_verdicts": False} | cost
    return new_monitor(**{"inputs": [HEALTHY], "cost_config": everything} | values)


def ran(monitor: Monitor, settings: Settings) -> SimpleNamespace:
    """The columns of a Run of the Monitor, at its end."""
    claim = claimed(db.session.merge(monitor, load=False))
    execute(claim, settings)
    return SimpleNamespace(**whole_row(claim.run_id))


def held() -> int:
    return db.session.query(Reservation).count()


@BOTH_DATABASES
def test_a_call_that_would_pass_the_budget_is_not_made(asking: Settings, llm: Stub) -> None:
    monitor = watched({"budget": {"tokens_per_day": ONE_CALL}})
    judged = ran(monitor, asking)
    narrowed = {"cost_config": {"reuse_verdicts": False} | NOTHING_FITS}
    db.session.get_one(Monitor, judged.monitor_id).change(narrowed, utc_now())

    skipped = ran(monitor, asking)

    assert (judged.status, judged.budget_note, len(llm.asked)) == ("ok", None, 1)
    assert (skipped.status, skipped.error_kind) == ("error", "budget_exhausted")
    assert skipped.error_message and skipped.error_message.startswith(
        "This Monitor's budget of 100 tokens a day is used up: 120 tokens are taken or held for "
        "other calls, and this one may take "
    )
    assert (skipped.input_tokens, skipped.cost_usd, skipped.summary) == (None, None, None)
    assert LlmUsage.since(utc_now().date()).tokens == 120
    assert held() == 0


def test_the_services_own_budget_holds_all_monitors(asking: Settings, llm: Stub) -> None:
    narrow = asking.model_copy(update={"budget_tokens_per_month": ONE_CALL})
    llm_took = [ran(watched({}), narrow).status]
    LlmUsage.add(99, utc_now().date(), [A_LOT])
    db.session.commit()

    skipped = ran(watched({}), narrow)

    assert llm_took == ["ok"]
    assert skipped.error_message and skipped.error_message.startswith(
        "The service's budget of 5,000 tokens a month is used up: 5,120 tokens are taken"
    )
    assert len(llm.asked) == 1


def test_the_built_in_reading_judges_where_the_budget_says_so(asking: Settings, llm: Stub) -> None:
    cost = {"budget": {"tokens_per_day": 100, "policy": "builtin"}}

    run = ran(watched(cost), asking)

    assert (run.status, run.llm_model, len(llm.asked)) == ("ok", "builtin", 0)
    assert run.summary and run.summary.startswith("Built-in reading, no LLM:")
    assert run.budget_note and run.budget_note.endswith("So the built-in reading judged it.")


@pytest.mark.parametrize(
    ("room", "judge", "asked"),
    [(10_000, "ollama:small", 1), (100, "builtin", 0)],
    ids=["it fits", "it does not fit either"],
)
def test_a_cheaper_model_judges_while_it_may(
    asking: Settings, llm: Stub, room: int, judge: str, asked: int
) -> None:
    # In dollars nobody can say what a model on this machine takes, so that only tokens hold it.
    budget = {"policy": "model", "cheaper_model": "ollama:small", "usd_per_day": 0.000001}
    monitor = watched({"budget": budget | {"tokens_per_day": room}}, llm_model="openai:gpt-5-mini")
    settings = asking.model_copy(update={"openai_base_url": None, "ollama_base_url": llm.url})

    run = ran(monitor, settings)

    assert (run.status, run.llm_model, len(llm.asked)) == ("ok", judge, asked)
    who = judge if asked else "the built-in reading"
    assert run.budget_note and f"So {who} judged it." in run.budget_note
    assert held() == 0


def test_an_unknown_price_is_said_where_a_budget_is_in_dollars(asking: Settings) -> None:
    # The name of a model that OpenAI has a price for, served by somebody else.
    named = asking.model_copy(update={"llm_model": "openai:gpt-4o-mini"})

    run = ran(watched({"budget": {"usd_per_month": 1}}), named)

    assert (run.status, run.cost_usd, run.input_tokens) == ("ok", None, 100)
    assert run.budget_note == (
        "No price of openai:gpt-4o-mini is known, so that no budget in US dollars holds it."
    )
    spent = LlmUsage.since(utc_now().date())
    assert (spent.input_tokens, spent.cost_usd, spent.unpriced_runs) == (100, 0.0, 1)


def test_what_a_rule_alarms_on_is_told_without_a_budget(asking: Settings) -> None:
    monitor = watched(NOTHING_FITS, rules={"must_alert": ["order 17"]})

    run = ran(monitor, asking)

    assert (run.status, run.error_kind) == ("alert", "budget_exhausted")
    assert run.summary and "The rest was not judged: This Monitor's budget" in run.summary


def test_a_call_that_failed_holds_nothing(asking: Settings) -> None:
    with Stub(fails(401)) as broken:
        settings = asking.model_copy(update={"openai_base_url": broken.url})
        run = ran(watched({"budget": {"tokens_per_day": ONE_CALL}}), settings)

    assert (run.error_kind, held()) == ("llm_unavailable", 0)


def test_a_fallback_is_held_by_the_budget_too(asking: Settings) -> None:
    # Nobody knows the price of the first, which is out; that of the other is known.
    monitor = watched({"budget": {"usd_per_day": 0.00001}}, llm_model="ollama:test")
    with Stub(fails(401)) as out:
        other = {"ollama_base_url": out.url, "llm_fallback": "openai:gpt-5-mini"}
        run = ran(monitor, asking.model_copy(update=other | {"openai_base_url": None}))

    assert (run.status, run.error_kind) == ("error", "budget_exhausted")
    assert "In its place, This Monitor's budget of $0.00001 a day is used up" in run.error_message
    assert [call["model"] for call in run.calls] == ["ollama:test"]
    assert could_ask(db.session.get_one(Run, run.id))


def test_tries_and_tests_are_held_by_the_services_budget(asking: Settings, llm: Stub) -> None:
    narrow = asking.model_copy(update={"budget_tokens_per_day": ONE_CALL})
    monitor = watched({})
    data = validate(
        MonitorIn,
        {"name": "x", "prompt": "y", "inputs": [HEALTHY], "target_id": monitor.target_id},
    )
    tried = [try_out(data, narrow), ask_model(narrow).ok]
    LlmUsage.add(99, utc_now().date(), [A_LOT])
    db.session.commit()

    refused, untested = try_out(data, narrow), ask_model(narrow)

    assert (tried[0].outcome or {})["verdict"] == "ok" and tried[1] is True
    assert (refused.outcome or {})["error_kind"] == "budget_exhausted"
    assert untested.error and untested.error.startswith("The service's budget of 5,000 tokens")
    assert (len(llm.asked), held()) == (2, 0)


A_LOT = {"model": MODEL, "input_tokens": 5000, "output_tokens": 0, "cost_usd": None}
