import pytest
from flask.testing import FlaskClient

from tests.api.making import make_log_source, make_monitor, make_target
from tests.conftest import BOTH_DATABASES
from webapp.pipeline.analyze.configured import NEEDS

MONITOR = {
    "name": "BTC bot anomaly detector",
    "log_source_id": "1",
    "interval_seconds": 300,
    "prompt": "You are monitoring a crypto trading bot.",
    "inputs": [
        {
            "label": "FULL_LOGS",
            "mode": "command",
            "command": "docker logs --since 5m btc_trading_service",
        }
    ],
    "window_config": {"max_lines": 500, "max_chars": 8000},
    "notification_config": {"email_recipients": ["ops@example.com"], "notify_on": "alert_only"},
}


@BOTH_DATABASES
def test_a_created_monitor_is_complete_and_at_its_location(client: FlaskClient) -> None:
    make_log_source(client)

    created = client.post("/monitors", json=MONITOR)

    assert created.status_code == 201
    assert created.headers["Location"] == "/api/monitors/1"
    assert client.get("/monitors/1").json == created.json
    times = ("next_run_at", "created_at", "updated_at")
    assert created.json == MONITOR | {
        "id": 1,
        "log_source_id": 1,
        "target_id": None,
        "inputs": [
            MONITOR["inputs"][0]
            | {"config": None, "timeout_seconds": None, "workdir": None, "env": {}}
            | {"new_lines": "marked", "expect_lines_within": None}
        ],
        "rules": {"ignore": [], "must_alert": []},
        "collapse_repeats": True,
        "privacy_config": {"redact": ["card"], "local_model_only": False},
        "verdict_config": {
            "builtin_may_raise": True,
            "flag_addressing": True,
            "second_opinion": None,
        },
        "cost_config": {"reuse_verdicts": True, "judge_every": 12, "budget": NO_BUDGET},
        "notification_config": MONITOR["notification_config"] | {"sms_recipients": []},
        "llm_model": None,
        "tags": [],
        "paused": False,
        "muted": False,
        "muted_until": None,
        "state": "new",
        "skipped_slots": 0,
    } | {name: created.json[name] for name in times}


NO_BUDGET = {
    "tokens_per_day": None,
    "tokens_per_month": None,
    "usd_per_day": None,
    "usd_per_month": None,
    "policy": "skip",
    "cheaper_model": None,
}


def test_a_monitor_without_inputs_needs_a_log_source(client: FlaskClient) -> None:
    make_target(client)

    refused = client.post("/monitors", json={"name": "a", "prompt": "b", "target_id": 1})

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {
            "field": "inputs",
            "message": "A Monitor without a LogSource needs at least one Input.",
        }
    ]


def test_every_bad_field_is_named_at_once(client: FlaskClient) -> None:
    make_log_source(client)
    item = {"label": "A", "command": "true"}
    body = {
        "name": " ",
        "log_source_id": 1,
        "interval_seconds": 9,
        "inputs": [item, {"label": "[B]", "command": "  "}],
        "window_config": {"max_lines": 0},
        "notification_config": {"sms_recipients": ["none"]},
        "colour": "red",
    }

    refused = client.post("/monitors", json=body)

    assert refused.status_code == 422
    assert refused.json["error"] == "What was sent is not valid, and nothing was changed."
    assert {error["field"]: error["message"] for error in refused.json["errors"]} == {
        "name": "This must not be blank.",
        "prompt": "This field is required.",
        "interval_seconds": "This must be 10 or more.",
        "inputs.1.label": "This must not contain square brackets, which mark labels in the text.",
        "inputs.1.command": "This must not be blank.",
        "window_config.max_lines": "This must be 1 or more.",
        "notification_config.sms_recipients.0": (
            "This must be a phone number such as +15551234567."
        ),
        "colour": "This field is not known here.",
    }
    assert client.get("/monitors").json == []


def test_a_number_is_whole_and_neither_true_nor_broken(client: FlaskClient) -> None:
    make_log_source(client)
    body = MONITOR | {
        "inputs": [{"label": "A", "command": "true", "timeout_seconds": True}],
        "interval_seconds": 300.0,
        "window_config": {"max_lines": True, "max_chars": "8000.0"},
    }

    refused = client.post("/monitors", json=body)

    fields = (
        "inputs.0.timeout_seconds",
        "interval_seconds",
        "window_config.max_lines",
        "window_config.max_chars",
    )
    assert refused.json["errors"] == [
        {"field": field, "message": "This must be a whole number."} for field in fields
    ]


def test_a_number_may_come_as_its_digits_in_a_string(client: FlaskClient) -> None:
    make_log_source(client)

    made = client.post("/monitors", json=MONITOR | {"interval_seconds": "600"})

    assert (made.status_code, made.json["interval_seconds"]) == (201, 600)


def test_labels_are_unique_within_a_monitor(client: FlaskClient) -> None:
    make_log_source(client)
    item = {"label": "A", "command": "true"}

    refused = client.post("/monitors", json=MONITOR | {"inputs": [item, item]})

    assert refused.json["errors"] == [
        {"field": "inputs.1.label", "message": "Another Input has this label already."}
    ]


def test_a_change_names_one_field_within_another(client: FlaskClient) -> None:
    make_log_source(client)
    made = client.post("/monitors", json=MONITOR).json

    changed = client.put("/monitors/1", json={"window_config": {"max_lines": 20}}).json

    assert changed == made | {
        "window_config": {"max_lines": 20, "max_chars": 8000},
        "updated_at": changed["updated_at"],
    }


def test_a_paused_monitor_has_no_next_run_until_it_is_resumed(client: FlaskClient) -> None:
    made = make_monitor(client)

    paused = client.post("/monitors/1/pause")
    resumed = client.post("/monitors/1/resume")

    assert (paused.status_code, resumed.status_code) == (200, 200)
    assert (paused.json["paused"], paused.json["next_run_at"]) == (True, None)
    assert resumed.json["paused"] is False
    assert resumed.json["next_run_at"] >= made["next_run_at"]


@BOTH_DATABASES
def test_a_deleted_monitor_takes_its_run_history_along(client: FlaskClient) -> None:
    make_monitor(client)
    other = make_monitor(client)
    client.post("/monitors/1/run-once")
    client.post(f"/monitors/{other['id']}/run-once")

    deleted = client.delete("/monitors/1")

    assert deleted.status_code == 204
    assert client.get("/runs/1").status_code == 404
    assert client.get("/monitors").json == [other]
    assert client.get("/runs/2").json["monitor_id"] == other["id"]


def test_a_monitor_is_muted_for_a_time_or_until_it_is_unmuted(client: FlaskClient) -> None:
    make_log_source(client)
    client.post("/monitors", json=MONITOR)

    for_an_hour = client.post("/monitors/1/mute?seconds=3600").json
    for_good = client.post("/monitors/1/mute").json
    too_short = client.post("/monitors/1/mute?seconds=1")
    undone = client.post("/monitors/1/unmute").json

    assert for_an_hour["muted"] is True
    assert for_an_hour["muted_until"] > for_an_hour["created_at"]
    assert (for_good["muted"], for_good["muted_until"]) == (True, None)
    assert too_short.status_code == 422
    assert too_short.json["errors"] == [{"field": "seconds", "message": "This must be 60 or more."}]
    assert (undone["muted"], undone["muted_until"]) == (False, None)


@pytest.mark.parametrize("tag", ["two words", "-x", "", "a,b", "x" * 41, "<b>"])
def test_a_tag_is_one_short_word(client: FlaskClient, tag: str) -> None:
    make_log_source(client)

    refused = client.post("/monitors", json=MONITOR | {"tags": ["good", tag]})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["tags.1"]


@pytest.mark.parametrize("model", ["nosuch:model", "gpt-5-mini", "openai:", "Builtin"])
def test_a_model_that_nobody_serves_is_refused_where_it_is_named(
    client: FlaskClient, model: str
) -> None:
    make_log_source(client)

    refused = client.post("/monitors", json=MONITOR | {"llm_model": model})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["llm_model"]


def test_every_provider_that_can_be_asked_can_be_named(client: FlaskClient) -> None:
    make_log_source(client)

    for provider in NEEDS:
        named = client.post("/monitors", json=MONITOR | {"llm_model": f"{provider}:a-model"})
        assert named.status_code == 201


def test_a_bad_pattern_is_told_at_its_place(client: FlaskClient) -> None:
    sent = {"rules": {"ignore": ["fine", "(open"], "must_alert": ["(?=ahead)", "x" * 501]}}

    answer = client.post("/monitors", json=MONITOR | sent).json

    told = {one["field"]: one["message"] for one in answer["errors"]}
    assert told["rules.ignore.1"] == "This is no pattern: missing ): (open."
    assert "no look-around" in told["rules.must_alert.0"]
    assert told["rules.must_alert.1"] == "This must be 500 characters or fewer."


def test_of_rules_the_one_that_is_named_changes(client: FlaskClient) -> None:
    monitor = make_monitor(client, rules={"ignore": ["a"], "must_alert": ["b"]})

    changed = client.patch(f"/monitors/{monitor['id']}", json={"rules": {"ignore": ["c"]}}).json

    assert changed["rules"] == {"ignore": ["c"], "must_alert": ["b"]}
