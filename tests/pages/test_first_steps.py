from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from tests.conftest import BOTH_DATABASES
from tests.pages.making import make_monitor, make_run, make_target, see, send, words
from webapp.config import Settings
from webapp.models import Monitor, Target
from webapp.models.first_steps import PROMPT

MAIL = {"email_recipients": ["ops@example.com"], "sms_recipients": [], "notify_on": "all"}


def test_an_empty_service_leads_to_a_target_and_then_to_a_monitor(client: FlaskClient) -> None:
    empty = see(client, "/")
    make_target()
    begun = see(client, "/")

    assert "Nothing is watched yet 0 of 4 done" in words(empty)
    assert '<a class="button button-main" href="/targets/new">New Target</a>' in empty
    assert '<a class="button button-main" href="/monitors/new">Choose a template</a>' in begun


@BOTH_DATABASES
def test_each_step_is_one_click_away_and_checked_off_when_it_is_done(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    target = make_target()
    example = make_monitor(target, prompt=PROMPT)
    run = make_run(example, "ok", summary="Fine.")
    first = see(client, "/")
    assert f'<a href="/runs/{run.id}">Open it</a>' in first
    assert '<a href="/monitors/new">Choose a template</a>' in first
    assert '<a href="/settings#llm">See how</a>' in first
    assert f'<a href="/monitors/{example.id}/edit#notifications">Say who</a>' in first

    assert 'id="notifications"' in see(client, f"/monitors/{example.id}/edit")
    see(client, f"/runs/{run.id}")
    assert _done(client) == ["See the example Run"]
    own = make_monitor(target, name="own")
    assert _done(client) == ["See the example Run", "Add a Monitor"]
    own.change({"llm_model": "ollama:qwen3"}, own.created_at)
    assert _done(client) == ["See the example Run", "Add a Monitor", "Set a model"]
    _set(app, settings, smtp_host="mail.example.com")
    own.change({"notification_config": MAIL}, own.created_at)

    assert 'id="first-steps"' not in see(client, "/")


def test_a_recipient_without_a_mail_server_is_not_done(client: FlaskClient) -> None:
    make_monitor(make_target(), notification_config=MAIL)

    page = see(client, "/")

    assert "Set a recipient" not in _done(client)
    assert '<a href="/settings#mail">Set a mail server</a>' in page


def test_a_model_that_cannot_be_asked_is_not_done(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    make_monitor(make_target())
    _set(app, settings, llm_model="openai:gpt-5-mini")
    lacking = _done(client)
    _set(app, settings, llm_model="ollama:qwen3")

    assert "Set a model" not in lacking
    assert "Set a model" in _done(client)


def test_a_monitor_whose_model_cannot_be_asked_sets_none(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    make_monitor(make_target(), llm_model="openai:gpt-5-mini")
    lacking = see(client, "/")
    steps_lacking = _done(client)
    _set(app, settings, openai_api_key=SecretStr("sk-1"))

    assert "openai:gpt-5-mini needs" in words(lacking)
    assert "Set a model" not in steps_lacking
    assert "Set a model" in _done(client)


@BOTH_DATABASES
def test_the_example_is_no_own_monitor_by_another_name_but_its_copy_is(
    client: FlaskClient,
) -> None:
    target = make_target()
    example = make_monitor(target, prompt=PROMPT)
    example.change({"name": "My box"}, example.created_at)
    renamed = _done(client)
    make_monitor(target, name="copy", prompt=PROMPT)

    assert renamed == []
    assert _done(client) == ["Add a Monitor"]


def test_steps_that_are_dismissed_stay_away_while_something_is_watched(
    client: FlaskClient,
) -> None:
    monitor = make_monitor(make_target())
    answer = send(client, "/first-steps/dismiss", {})
    dismissed = see(client, "/")
    monitor.delete()

    assert (answer.status_code, answer.location) == (303, "/")
    assert 'id="first-steps"' not in dismissed
    assert "Nothing is watched yet" in see(client, "/")
    assert [target.name for target in Target.all()] == ["here"]
    assert Monitor.all() == []


def _done(client: FlaskClient) -> list[str]:
    page = see(client, "/")
    items = page.split('<li class="step step-done">')[1:]
    return [words(item.partition("</h3>")[0]).removesuffix(" (done)") for item in items]


def _set(app: Flask, settings: Settings, **values: object) -> None:
    app.extensions["settings"] = settings.model_copy(update=values)
