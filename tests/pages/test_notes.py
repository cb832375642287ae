"""False alarms and what was missed: said by people, and by scripts."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, make_monitor, make_run, make_target, see, send, words
from tests.pipeline.test_recurrence import FULL, found
from webapp.models import Monitor, Note

KEY: Any = found()["fingerprint"]
SAID = {"reason": "The backup fills it for a minute.", "author": "Ada", "expires_in_days": "7"}
NOISE = {"kind": "noise", "fingerprint": KEY, "reason": "A drill.", "author": "Ada"}


@pytest.fixture
def monitor(client: FlaskClient) -> Monitor:
    monitor = make_monitor(make_target())
    make_run(monitor, "alert", summary="Full.", findings=[found(seen={"says": "First seen."})])
    return monitor


def test_a_false_alarm_is_said_at_the_finding_changed_and_deleted(
    client: FlaskClient, monitor: Monitor
) -> None:
    address = f"/monitors/{monitor.id}/notes"
    way = f"{address}/new?fingerprint={KEY}&amp;run_id=1"
    assert f'href="{way}"' in see(client, "/runs/1")
    assert f'href="{way}"' in see(client, f"/monitors/{monitor.id}/findings")
    assert FULL in see(client, way.replace("&amp;", "&"))

    hidden = {"kind": "noise", "fingerprint": KEY, "run": "1"}
    made = send(client, address, SAID | hidden)
    listed = words(see(client, address))
    (note,) = Note.of(monitor.id)
    changed = send(client, f"{address}/{note.id}", SAID | hidden | {"reason": "<b>Known.</b>"})
    page = see(client, address)
    deleted = send(client, f"{address}/{note.id}/delete", {})

    assert {made.status_code, changed.status_code, deleted.status_code} == {303}
    assert f"known noise {SAID['reason']} APP {FULL} Ada" in listed
    assert "&lt;b&gt;Known.&lt;/b&gt;" in page
    assert Note.of(monitor.id) == []


def test_what_a_run_missed_is_said_there(client: FlaskClient, monitor: Monitor) -> None:
    run = make_run(monitor, "ok", summary="Fine.")
    address = f"/monitors/{monitor.id}/notes"

    assert f'href="{address}/new?run_id={run.id}"' in see(client, f"/runs/{run.id}")
    assert "Missed" in words(see(client, f"{address}/new?run_id={run.id}"))
    send(client, address, SAID | {"kind": "missed", "run": str(run.id), "expires_in_days": ""})

    (note,) = Note.of(monitor.id)
    assert (note.kind, note.run_id, note.expires_at, note.fingerprint) == (
        "missed",
        run.id,
        None,
        None,
    )


def test_a_form_that_says_too_little_comes_back(client: FlaskClient, monitor: Monitor) -> None:
    address = f"/monitors/{monitor.id}/notes"

    answer = send(client, address, {"kind": "noise", "fingerprint": KEY, "author": "Ada"})

    assert answer.status_code == 422
    assert "Why : This field is required." in words(answer.text)
    assert Note.of(monitor.id) == []


def test_scripts_write_change_and_delete_notes(client: FlaskClient, monitor: Monitor) -> None:
    address = f"/monitors/{monitor.id}/notes"

    made = client.post(address, json=NOISE)
    changed = client.patch(made.headers["Location"], json={"reason": "Another."})
    listed = client.get(address)
    gone = client.delete(made.headers["Location"])

    assert made.status_code == 201
    assert (made.json["quote"], made.json["label"]) == (FULL, "APP")
    assert changed.json == made.json | {"reason": "Another."}
    assert listed.json == [changed.json]
    assert (gone.status_code, client.get(address).json) == (204, [])
    assert client.get(made.headers["Location"]).status_code == 404


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"fingerprint": "0" * 24}, "This Monitor had no finding with this fingerprint."),
        ({"fingerprint": None}, "A noise names the fingerprint of a finding"),
        ({"run_id": 99}, "This Monitor has no Run 99, or keeps it no longer."),
        ({"reason": " "}, "This must not be blank."),
        ({"expires_in_days": 0}, "This must be 1 or more."),
        ({"author": "A\nB"}, "This must stand on one line."),
    ],
)
def test_a_bad_note_is_refused_with_a_sentence(
    client: FlaskClient, monitor: Monitor, sent: dict[str, object], message: str
) -> None:
    answer = client.post(f"/monitors/{monitor.id}/notes", json=NOISE | sent)

    assert answer.status_code == 422
    assert message in answer.text
    assert Note.of(monitor.id) == []


def test_there_is_an_end_to_notes(
    client: FlaskClient, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.models.note.MOST_NOTES", 1)
    address = f"/monitors/{monitor.id}/notes"

    answers = [client.post(address, json=NOISE).status_code for _ in range(2)]

    assert answers == [201, 422]


def test_a_rule_is_no_noise_and_no_other_monitors_finding(
    client: FlaskClient, monitor: Monitor
) -> None:
    ruled = found("10:00:05 rule", fingerprint="a" * 24, by="rule")
    make_run(monitor, "alert", findings=[ruled])
    other = make_monitor(make_target(name="there"), name="other")

    of_a_rule = client.post(f"/monitors/{monitor.id}/notes", json=NOISE | {"fingerprint": "a" * 24})
    of_another = client.post(f"/monitors/{other.id}/notes", json=NOISE)
    page = client.get(f"/monitors/{other.id}/notes/new?fingerprint={KEY}", headers=BROWSER)

    assert "What a rule or a silence says is no noise" in of_a_rule.text
    assert (of_a_rule.status_code, of_another.status_code, page.status_code) == (422, 422, 400)
