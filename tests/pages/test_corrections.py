"""What people say of a past Run: said on pages and by scripts, shown on the Run, and taken back."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, NOW, make_monitor, make_run, make_target, see, send, words
from tests.pipeline.test_recurrence import FULL
from tests.pipeline.test_recurrence import found as made_up
from webapp.extensions import db
from webapp.models import Correction, Monitor, Note, Run

FIRST = {"times": 1, "first_at": NOW.isoformat(), "last_at": None, "says": "First seen."}


def found(quote: str = FULL, **changes: Any) -> dict[str, Any]:
    """With all that the program records of one."""
    usual = {"verified": True, "seen": FIRST, "noise": None, "mixed": False}
    return usual | made_up(quote, **changes)


KEY: Any = found()["fingerprint"]
OTHER, OTHER_KEY = "10:00:09 ERROR payment lost", "b" * 24
SAID = {"reason": "The backup fills it for a minute.", "author": "Ada", "expires_in_days": "7"}
SENT = SAID | {"expires_in_days": 7}
RULE = found("10:00:05 rule", fingerprint="a" * 24, by="rule")
BOTH = [found(), found(OTHER, fingerprint=OTHER_KEY, severity="warn")]
LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "a rule's": ({"by": "rule"}, "What a rule or a silence says is no noise"),
    "a silence's": ({"by": "silence"}, "What a rule or a silence says is no noise"),
    "an old line's": ({"new": False}, "Its line was judged at an earlier Run"),
    "a mixed one": ({"mixed": True}, "Lines of other kinds stand behind it too"),
    "noise": ({"noise": "Known noise, says Bob: Hm."}, "It is known noise already."),
    "one of before": ({"fingerprint": None}, "before findings were known again"),
}


@pytest.fixture
def monitor(client: FlaskClient) -> Monitor:
    return make_monitor(make_target())


@pytest.fixture
def run(monitor: Monitor) -> Run:
    return make_run(monitor, "alert", summary="Full.", findings=BOTH)


def corrections(client: FlaskClient, run_id: int) -> Any:
    return client.get(f"/runs/{run_id}").json["corrections"]


def test_a_whole_run_is_said_to_be_a_false_alarm_on_its_page(client: FlaskClient, run: Run) -> None:
    address = f"/runs/{run.id}/false-alarm"
    assert f'href="{address}"' in see(client, f"/runs/{run.id}")
    form = words(see(client, address))

    sent = send(client, address, SAID | {"reason": "<b>Known.</b>"})
    page = see(client, sent.headers["Location"])

    assert FULL in form
    assert OTHER in form
    assert sent.status_code == 303
    notes = [(note.kind, note.quote, note.run_id, note.author) for note in Note.of(run.monitor_id)]
    assert notes == [("noise", OTHER, run.id, "Ada"), ("noise", FULL, run.id, "Ada")]
    assert "The Run is marked as a false alarm; 2 notes made of it." in words(page)
    assert "&lt;b&gt;Known.&lt;/b&gt;" in page
    assert "false alarm &lt;b&gt;Known.&lt;/b&gt; Take back Ada, now of the whole Run 2 notes" in (
        words(page)
    )


def test_a_script_is_told_which_notes_were_made_and_which_not(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = make_run(monitor, "alert", findings=[*BOTH, RULE])

    answer = client.post(f"/runs/{run.id}/false-alarm", json=SENT)
    (shown,) = corrections(client, run.id)
    (listed,) = client.get(f"/monitors/{monitor.id}/runs").json

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/runs/{run.id}"
    told = answer.json
    assert [note["fingerprint"] for note in told["notes"]] == [KEY, OTHER_KEY]
    ((of, why),) = [(one["finding"]["by"], one["why"]) for one in told["left_out"]]
    assert (of, why) == (
        "rule",
        "What a rule or a silence says is no noise; change the rule, or the Input.",
    )
    assert shown == told["correction"]
    assert shown == {
        "id": 1,
        "kind": "false_alarm",
        "fingerprint": None,
        "reason": SAID["reason"],
        "author": "Ada",
        "created_at": shown["created_at"],
        "note_ids": [1, 2],
    }
    assert listed["corrections"] == [shown]


@pytest.mark.parametrize(("values", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_can_be_no_noise_is_left_out_and_said_why(
    client: FlaskClient, monitor: Monitor, values: dict[str, Any], why: str
) -> None:
    run = make_run(monitor, "alert", findings=[BOTH[0], BOTH[1] | values])

    form = words(see(client, f"/runs/{run.id}/false-alarm"))
    answer = client.post(f"/runs/{run.id}/false-alarm", json=SENT).json

    assert why in form
    assert [note["fingerprint"] for note in answer["notes"]] == [KEY]
    (left_out,) = answer["left_out"]
    assert why in left_out["why"]


def test_a_finding_is_marked_and_stays_so_without_its_note(client: FlaskClient, run: Run) -> None:
    hidden = {"kind": "noise", "fingerprint": KEY, "run": str(run.id)}
    send(client, f"/monitors/{run.monitor_id}/notes", SAID | hidden)
    (before,) = corrections(client, run.id)
    (note,) = Note.of(run.monitor_id)

    send(client, f"/monitors/{run.monitor_id}/notes/{note.id}/delete", {})
    (after,) = corrections(client, run.id)
    page = see(client, f"/runs/{run.id}")

    assert (before["kind"], before["fingerprint"]) == ("false_alarm", KEY)
    assert after == before | {"note_ids": []}
    assert "A false alarm, says Ada." in words(page)
    assert f"of “{FULL}” no note of it is left" in words(page)
    assert page.count("False alarm?") == 1


def test_what_should_have_been_an_alert_is_said_at_the_warning(
    client: FlaskClient, monitor: Monitor
) -> None:
    warned = found(severity="warn")
    run = make_run(monitor, "warn", findings=[warned])
    address = f"/monitors/{monitor.id}/notes"
    way = f"{address}/new?kind=missed&fingerprint={KEY}&run_id={run.id}"
    assert f'href="{way.replace("&", "&amp;")}"' in see(client, f"/runs/{run.id}")
    form = words(see(client, way))

    send(client, address, SAID | {"kind": "missed", "fingerprint": KEY, "run": str(run.id)})

    assert "Graver than that" in form
    assert FULL in form
    (note,) = Note.of(monitor.id)
    assert (note.kind, note.fingerprint, note.quote) == ("missed", KEY, FULL)
    (shown,) = corrections(client, run.id)
    assert (shown["kind"], shown["fingerprint"]) == ("missed", KEY)
    assert "Graver than that, says Ada." in words(see(client, f"/runs/{run.id}"))
    assert "to be an alert" in words(see(client, address))


def test_what_was_said_is_taken_back_with_its_notes(client: FlaskClient, run: Run) -> None:
    said = client.post(f"/runs/{run.id}/false-alarm", json=SENT).json["correction"]
    other = client.post(
        f"/monitors/{run.monitor_id}/notes", json=SENT | {"kind": "missed", "run_id": run.id}
    ).json

    answer = send(client, f"/runs/{run.id}/corrections/{said['id']}/delete", {})
    again = client.delete(f"/runs/{run.id}/corrections/{said['id']}")
    last = client.delete(f"/runs/{run.id}/corrections/{said['id'] + 1}")

    assert (answer.status_code, again.status_code, last.status_code) == (303, 404, 204)
    assert corrections(client, run.id) == []
    assert client.get(f"/monitors/{run.monitor_id}/notes/{other['id']}").status_code == 404
    assert client.get(f"/monitors/{run.monitor_id}/notes").json == []


def test_corrected_runs_are_marked_in_lists_and_found_by_it(client: FlaskClient, run: Run) -> None:
    monitor_id, monitor = run.monitor_id, f"/monitors/{run.monitor_id}"
    fine = make_run(db.session.get_one(Monitor, monitor_id), "ok", summary="Fine.")
    before = see(client, f"{monitor}/now"), see(client, "/")
    seen = client.get(f"{monitor}/now", headers=BROWSER).text

    client.post(f"/runs/{run.id}/false-alarm", json=SENT)
    client.post(f"{monitor}/notes", json=SENT | {"kind": "missed", "run_id": fine.id})
    strips = [see(client, f"{monitor}/now"), see(client, "/")]
    listed = words(see(client, f"{monitor}/runs?corrected=false_alarm"))
    ids = [
        [row["id"] for row in client.get(f"{monitor}/runs?corrected={kind}").json]
        for kind in ("false_alarm", "missed")
    ]

    assert all("People say" not in page for page in before)
    for page in strips:
        assert 'alert. Full. People say: false alarm."' in page
        assert 'ok. Fine. People say: missed something."' in page
    assert seen != strips[0]
    assert "Full. false alarm" in listed
    assert "Fine." not in listed
    assert ids == [[run.id], [fine.id]]
    assert client.get(f"{monitor}/runs?corrected=so").status_code == 422
    assert client.get(f"{monitor}/runs?corrected=so", headers=BROWSER).status_code == 400


REFUSED: dict[str, tuple[str | None, list[dict[str, Any]], dict[str, Any], str]] = {
    "ok": ("ok", [], {}, "Run 1 raised no alarm that could be false."),
    "live": (None, [], {}, "Run 1 has not ended yet, so nothing can be said of it."),
    "error": ("error", [], {}, "Run 1 ended in an error, which is no verdict"),
    "a rule alone": ("alert", [RULE], {}, "What a rule or a silence says is no noise"),
    "no reason": ("alert", BOTH, {"reason": " "}, "This must not be blank."),
    "no author": ("alert", BOTH, {"author": ""}, "This must not be blank."),
    "no end": ("alert", BOTH, {"expires_in_days": 0}, "This must be 1 or more."),
    "a stranger": ("alert", BOTH, {"kind": "noise"}, "This field is not known here."),
}


@pytest.mark.parametrize(("verdict", "findings", "sent", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_false_alarm_is_refused_with_a_sentence(
    client: FlaskClient,
    monitor: Monitor,
    verdict: str | None,
    findings: list[dict[str, Any]],
    sent: dict[str, Any],
    message: str,
) -> None:
    run = make_run(monitor, verdict, findings=findings) if verdict else make_run(monitor)

    answer = client.post(f"/runs/{run.id}/false-alarm", json=SENT | sent)

    assert answer.status_code == 422
    assert message in answer.text
    assert (corrections(client, run.id), Note.of(monitor.id)) == ([], [])


def test_a_form_that_says_too_little_comes_back(client: FlaskClient, run: Run) -> None:
    answer = send(client, f"/runs/{run.id}/false-alarm", {"author": "Ada"})

    assert answer.status_code == 422
    assert "Why : This field is required." in words(answer.text)
    assert 'value="Ada"' in answer.text
    assert corrections(client, run.id) == []


def test_a_note_names_no_run_of_another_monitor_and_none_without_the_finding(
    client: FlaskClient, run: Run
) -> None:
    other = make_monitor(make_target(name="there"), name="other")
    theirs = make_run(other, "ok")
    bare = make_run(db.session.get_one(Monitor, run.monitor_id), "ok")
    address, noise = f"/monitors/{run.monitor_id}/notes", SENT | {"kind": "noise"}

    of_another = client.post(address, json=noise | {"fingerprint": KEY, "run_id": theirs.id})
    without = client.post(address, json=noise | {"fingerprint": KEY, "run_id": bare.id})
    way = see(client, f"{address}/new?fingerprint={KEY}&run_id={theirs.id}")

    missing = f"This Monitor has no Run {theirs.id}, or keeps it no longer."
    assert (of_another.status_code, of_another.json["errors"]) == (
        422,
        [{"field": "run_id", "message": missing}],
    )
    assert (without.status_code, without.json["errors"][0]["message"]) == (
        422,
        f"Run {bare.id} had no finding with this fingerprint.",
    )
    assert '<input id="run" name="run" type="hidden" value="">' in way
    assert (db.session.query(Correction).count(), Note.of(run.monitor_id)) == (0, [])


def test_a_run_that_went_while_its_form_was_open_is_said_to_be_gone(
    client: FlaskClient, run: Run
) -> None:
    hidden = {"kind": "noise", "fingerprint": KEY, "run": "99"}
    address = f"/monitors/{run.monitor_id}/notes"

    first = send(client, address, SAID | hidden)

    assert first.status_code == 422
    assert "This Monitor has no Run 99, or keeps it no longer." in words(first.text)
    assert '<input id="run" name="run" type="hidden" value="">' in first.text


def test_there_is_an_end_to_what_is_said_of_a_run(
    client: FlaskClient, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.models.correction.MOST_CORRECTIONS", 1)

    answers = [client.post(f"/runs/{run.id}/false-alarm", json=SENT) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 422]
    assert "has been corrected" in answers[1].text
    assert len(client.get(f"/monitors/{run.monitor_id}/notes").json) == 2
