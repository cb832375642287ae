from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, make_monitor, make_run, make_target, see, send, words
from webapp.models import Monitor, Run


def three() -> list[Monitor]:
    target = make_target()
    return [make_monitor(target, name=name) for name in ("Bank", "Shop", "Till")]


def test_one_thing_is_done_with_all_that_are_selected(client: FlaskClient) -> None:
    bank, shop, till = three()
    ids = [bank.id, till.id]

    back = "q=a&status=ok&page=2&next=https%3A%2F%2Fevil.example"
    done = send(client, "/monitors/bulk", {"ids": ids, "action": "pause", "back": back})

    assert (done.status_code, done.location) == (303, "/?q=a&status=ok&page=2")
    assert "2 Monitors: paused." in words(see(client, "/"))
    assert [m.paused for m in (bank, shop, till)] == [True, False, True]


@pytest.mark.parametrize(
    ("form", "named", "value"),
    [
        ({"action": "mute", "seconds": "3600"}, "muted", True),
        ({"action": "mute", "seconds": ""}, "muted_until", None),
        ({"action": "tag", "tag": " Prod "}, "tags", ["prod"]),
        ({"action": "resume"}, "paused", False),
    ],
)
def test_each_is_as_if_it_were_the_only_one(
    client: FlaskClient, form: dict[str, Any], named: str, value: object
) -> None:
    bank, _, till = three()
    bank.pause()

    send(client, "/monitors/bulk", {"ids": [bank.id, till.id]} | form)

    assert [getattr(m, named) for m in (bank, till)] == [value, value]


def test_what_was_done_is_undone(client: FlaskClient) -> None:
    bank, shop, _ = three()
    ids = {"ids": [bank.id, shop.id]}

    for form in ({"action": "mute"}, {"action": "tag", "tag": "prod"}, {"action": "unmute"}):
        send(client, "/monitors/bulk", ids | form)
    send(client, "/monitors/bulk", ids | {"action": "untag", "tag": "prod"})

    assert [(m.muted, m.tags) for m in (bank, shop)] == [(False, [])] * 2


def test_runs_are_started_and_those_under_way_are_left_alone(
    client: FlaskClient, valkey: str
) -> None:
    bank, shop, _ = three()
    live = make_run(bank)

    send(client, "/monitors/bulk", {"ids": [bank.id, shop.id], "action": "run"})

    assert [r.id for r in Run.history(bank.id, 9)] == [live.id]
    assert [r.status for r in Run.history(shop.id, 9)] == ["queued"]


def test_deleting_is_asked_about_first(client: FlaskClient) -> None:
    bank, shop, till = three()
    form = {"ids": [bank.id, shop.id], "action": "delete"}

    asked = send(client, "/monitors/bulk", form | {"back": "q=a"})
    kept = [m.name for m in Monitor.all()]
    done = send(client, "/monitors/bulk", form | {"sure": "yes", "back": "q=a"})

    assert "Delete 2 Monitors?" in words(asked.text)
    assert 'name="back" value="q=a"' in asked.text
    assert "Bank" in asked.text
    assert kept == ["Bank", "Shop", "Till"]
    assert (done.status_code, done.location) == (303, "/?q=a")
    assert [m.name for m in Monitor.all()] == [till.name]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"action": "pause"}, "Nothing was changed, as no Monitor was selected."),
        ({"action": "explode", "ids": [1]}, "Nothing was changed: This must be"),
        ({"action": "tag", "ids": [1]}, "Nothing was changed: Say which tag."),
        ({"action": "tag", "ids": [1], "tag": "two words"}, "A tag is one word"),
        ({"action": "mute", "ids": [1], "seconds": "1"}, "This must be 60 or more."),
        ({"action": "pause", "ids": ["x"]}, "This must be a whole number."),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    client: FlaskClient, form: dict[str, Any], sentence: str
) -> None:
    bank, _, _ = three()

    refused = send(client, "/monitors/bulk", form)

    assert refused.status_code == 400
    assert sentence in words(refused.text)
    assert (bank.paused, bank.muted, bank.tags) == (False, False, [])


def test_a_monitor_that_is_gone_holds_up_no_other(client: FlaskClient) -> None:
    bank, shop, _ = three()
    gone = bank.id
    bank.delete()

    send(client, "/monitors/bulk", {"ids": [gone, shop.id], "action": "pause"})

    page = words(see(client, "/"))
    assert shop.paused
    assert "1 Monitor: paused. 1 Monitor had been deleted before." in page


def test_a_form_of_another_site_changes_nothing(client: FlaskClient) -> None:
    bank, _, _ = three()

    refused = client.post(
        "/monitors/bulk", data={"ids": [bank.id], "action": "pause"}, headers=BROWSER
    )

    assert refused.status_code == 400
    assert bank.paused is False
