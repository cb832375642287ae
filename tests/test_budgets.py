"""How much of the budgets is taken, as pages, JSON and metrics tell it."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.pages.making import BROWSER, see, words
from tests.rows import new_monitor, new_target
from webapp.budgets import budget_uses, nearly_used
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import writing
from webapp.models import LlmUsage, Monitor
from webapp.schemas.monitor import Budget

OWN = "openai:of-our-own"


def took(monitor_id: int, tokens: int, cost_usd: float | None, model: str = "openai:a") -> None:
    call = {"model": model, "input_tokens": tokens, "output_tokens": 0, "cost_usd": cost_usd}
    with writing():
        LlmUsage.add(monitor_id, utc_now().date(), [call])


def bounded(name: str, **budget: Any) -> Monitor:
    cost = {"budget": budget}
    return new_monitor(target_id=new_target(name).id, name=name, cost_config=cost)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"budget_usd_per_month": 20.0, "budget_policy": "builtin"})


@BOTH_DATABASES
def test_what_is_taken_of_each_budget_is_told_the_fullest_first(app: Flask) -> None:
    shop = bounded("Shop", tokens_per_day=1000)
    bank = bounded("Bank", usd_per_day=1, tokens_per_month=100_000)
    bounded("Unbounded")
    took(shop.id, 420, 0.2)
    took(bank.id, 2000, 0.95)
    took(bank.id, 500, None, OWN)
    service = Budget(usd_per_month=20)

    uses = budget_uses(service, utc_now().date())

    assert [(use.name, use.cap.kind, use.percent, use.unpriced_runs) for use in uses] == [
        (None, "usd_per_month", 5, 1),
        ("Bank", "usd_per_day", 95, 1),
        ("Shop", "tokens_per_day", 42, 0),
        ("Bank", "tokens_per_month", 2, 0),
    ]
    assert [use.name for use in nearly_used(uses)] == ["Bank"]
    assert len(budget_uses(service, utc_now().date(), shop.id)) == 2
    assert uses[2].words == "42 % of today’s budget of 1,000 tokens"


def test_a_person_sees_the_budgets_where_cost_is_told(client: FlaskClient) -> None:
    shop = bounded("Shop", tokens_per_day=1000, policy="model", cheaper_model="openai:small")
    took(shop.id, 900, 5.0)

    home, costs = words(see(client, "/")), see(client, "/costs")

    assert "Shop: 90 % of today’s budget of 1,000 tokens is taken" in home
    assert "90 % of today’s budget of 1,000 tokens" in words(see(client, f"/monitors/{shop.id}"))
    assert "The service $20.00 a month 25 % $5.00" in words(costs)
    assert "Shop 1,000 tokens a day 90 % 900 tokens" in words(costs)
    assert "Once it is used up openai:small judges while it may." in words(costs)
    assert re.findall(r'budget-taken" width="(\d+)"', costs) == ["25", "90"]
    assert "$20.00 a month 25 % $5.00" in words(see(client, "/settings"))
    first = client.get("/costs?month=2026-01", headers=BROWSER).text
    assert 'id="budgets"' not in first


def test_a_script_and_prometheus_get_the_budgets(client: FlaskClient) -> None:
    shop = bounded("Shop", tokens_per_day=1000)
    took(shop.id, 900, 5.0)

    service, of_shop = client.get("/costs").json["budgets"]

    assert of_shop == {
        "monitor_id": shop.id,
        "name": "Shop",
        "kind": "tokens_per_day",
        "limit": 1000,
        "spent": 900,
        "share": 0.9,
        "unpriced_runs": 0,
        "begins_anew": of_shop["begins_anew"],
        "policy": "skip",
        "cheaper_model": None,
    }
    assert (service["monitor_id"], service["share"], service["policy"]) == (None, 0.25, "builtin")
    assert client.get("/overview").json["budgets"] == [of_shop]
    told = client.get("/metrics").text
    assert f'budget_used_ratio{{budget="tokens_per_day",monitor="{shop.id}"}} 0.9' in told
    assert 'budget_used_ratio{budget="usd_per_month",monitor="0"} 0.25' in told
