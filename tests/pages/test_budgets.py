"""Budgets as a person meets them."""

from flask.testing import FlaskClient

from tests.pages.making import make_monitor, make_run, make_target, see, send, words
from tests.pages.test_monitor_form import INPUTS, TYPED

NOTE = "The budget is used up. So the built-in reading judged it."


def test_a_budget_is_set_in_the_form_and_kept_by_it(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    sent = TYPED | INPUTS | {"target": "here"}
    budget = {"tokens_per_day": "200000", "usd_per_month": "0.00001", "policy": "builtin"}

    send(client, f"/monitors/{monitor.id}", sent | budget)
    kept, form = monitor.cost_config["budget"], see(client, f"/monitors/{monitor.id}/edit")
    wrong = {"usd_per_day": "a lot", "policy": "model", "cheaper_model": ""}
    refused = send(client, f"/monitors/{monitor.id}", sent | wrong)

    assert kept == {
        "tokens_per_day": 200_000,
        "tokens_per_month": None,
        "usd_per_day": None,
        "usd_per_month": 0.00001,
        "policy": "builtin",
        "cheaper_model": None,
    }
    assert 'value="200000"' in form and 'value="0.00001"' in form
    assert "This must be an amount of US dollars, such as 1.50." in refused.text
    assert 'id="cheaper_model-error-1">The policy `model` needs a model' in refused.text
    assert monitor.cost_config["budget"] == kept


def test_a_run_says_what_a_budget_made_of_it(client: FlaskClient) -> None:
    run = make_run(make_monitor(make_target()), "ok", llm_model="builtin", budget_note=NOTE)

    assert NOTE in words(see(client, f"/runs/{run.id}"))
    assert client.get(f"/runs/{run.id}").json["budget_note"] == NOTE
