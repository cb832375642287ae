"""What LLMs cost, summed by all that people ask it by."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.pages.making import BROWSER, make_monitor, make_target, see, words
from webapp.clock import utc_now
from webapp.costs import costs
from webapp.extensions import writing
from webapp.models import LlmUsage, Monitor

MINI, OWN = "openai:gpt-5-mini", "openai:of-our-own"
TODAY = date(2026, 3, 2)


def took(monitor_id: int, day: date, model: str = MINI, cost: float | None = 0.5) -> None:
    used = {"model": model, "input_tokens": 1000, "output_tokens": 100, "cost_usd": cost}
    with writing():
        LlmUsage.add(monitor_id, day, [used])


@pytest.fixture
def shop(app: Flask) -> Monitor:
    return make_monitor(make_target(), name="Shop")


@BOTH_DATABASES
def test_what_was_spent_is_summed_by_day_month_monitor_and_model(shop: Monitor) -> None:
    took(shop.id, date(2026, 2, 28), cost=4.0)
    took(shop.id, date(2026, 3, 1))
    took(shop.id, TODAY, OWN, None)
    took(99, TODAY, cost=2.0)

    told = costs(date(2026, 3, 1), TODAY)

    assert told.total == (3, 3000, 300, 2.5, 1, 0)
    assert told.today == (2, 2000, 200, 2.0, 1, 0)
    assert [(one.day.day, one.spent.tokens) for one in told.days] == [(1, 1100), (2, 2200)]
    assert [(one.name, one.monitor_id, one.spent.cost_usd) for one in told.monitors] == [
        (None, 99, 2.0),
        ("Shop", shop.id, 0.5),
    ]
    assert [(one.model, one.spent.known_usd) for one in told.models] == [(MINI, 2.5), (OWN, None)]
    assert [(one.month.month, one.spent.cost_usd) for one in told.months] == [(3, 2.5), (2, 4.0)]


def test_one_monitor_has_its_own_sums(shop: Monitor) -> None:
    took(shop.id, TODAY)
    took(99, TODAY, cost=2.0)

    told = costs(date(2026, 3, 1), TODAY, shop.id)

    assert (told.total.cost_usd, told.today.cost_usd) == (0.5, 0.5)
    assert [one.monitor_id for one in told.monitors] == [shop.id]


def test_a_month_that_is_over_is_told_to_its_last_day(app: Flask) -> None:
    assert [one.day.day for one in costs(date(2026, 2, 1), TODAY).days] == list(range(1, 29))


def test_a_script_gets_the_sums_and_unknown_as_null(shop: Monitor, client: FlaskClient) -> None:
    today = utc_now().date()
    took(shop.id, today, OWN, None)

    told = client.get(f"/costs?monitor_id={shop.id}").json

    nothing_known = {
        "runs": 1,
        "input_tokens": 1000,
        "output_tokens": 100,
        "cost_usd": None,
        "unpriced_runs": 1,
        "reused_runs": 0,
    }
    assert told["total"] == told["today"] == nothing_known
    assert told["days"][-1] == nothing_known | {"day": today.isoformat()}
    assert told["monitors"] == [nothing_known | {"monitor_id": shop.id, "name": "Shop"}]
    assert told["models"] == [nothing_known | {"model": OWN}]
    assert told["months"] == [nothing_known | {"month": told["month"]}]
    assert client.get("/overview").json["month"]["cost_usd"] is None
    assert client.get("/costs?month=2026-13").status_code == 422


def test_a_person_sees_what_each_monitor_cost(shop: Monitor, client: FlaskClient) -> None:
    took(shop.id, utc_now().date())
    took(shop.id, utc_now().date(), OWN, None)
    took(99, utc_now().date(), OWN, None)
    took(0, utc_now().date(), cost=0.25)

    page = words(see(client, "/costs"))

    assert "$0.75 and 2 times unknown" in page
    assert "Shop $0.50 and 1 time unknown 2,000 200 2 0" in page
    assert "Monitor 99 deleted unknown 1,000 100 1 0" in page
    assert "Tries of what was not saved, and tests $0.25" in page
    assert f'href="/costs?monitor_id={shop.id}"' in see(client, f"/monitors/{shop.id}")


def test_a_month_without_any_says_so(client: FlaskClient) -> None:
    page = words(see(client, "/costs?month=2026-01"))

    assert "No LLM was asked in January 2026. The built-in reading costs nothing." in page
    assert "← December 2025 February 2026 →" in page
    assert client.get("/costs?month=x", headers=BROWSER).status_code == 400


def test_prometheus_gets_the_sums_of_today_and_this_month(
    shop: Monitor, client: FlaskClient, valkey: str
) -> None:
    took(shop.id, utc_now().date())
    took(shop.id, utc_now().date(), OWN, None)

    told = client.get("/metrics").text

    for period in ("day", "month"):
        of_it = f'{{monitor="{shop.id}",period="{period}"}}'
        assert f"log_monitor_llm_spent_tokens{of_it} 2200.0" in told
        assert f"log_monitor_llm_spent_usd{of_it} 0.5" in told
        assert f"log_monitor_llm_spent_unknown{of_it} 1.0" in told
