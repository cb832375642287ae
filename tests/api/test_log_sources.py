from pathlib import Path

from flask.testing import FlaskClient

from tests.api.making import make_log_source, make_monitor, make_target
from tests.conftest import BOTH_DATABASES
from webapp.pipeline.sources.journald import JournaldConfig
from webapp.schemas.log_source import details_of


def test_a_log_source_takes_its_target_by_number_or_string(client: FlaskClient) -> None:
    target = make_target(client, type="docker_host")
    body = {
        "target_id": str(target["id"]),
        "name": "btc-bot-docker-log",
        "mode": "docker_logs",
        "config": {"container_name": "btc_trading_service"},
    }

    by_string = client.post("/log-sources", json=body)
    by_number = client.post("/log-sources", json=body | {"target_id": target["id"]})

    assert (by_string.status_code, by_number.status_code) == (201, 201)
    assert by_string.headers["Location"] == "/api/log-sources/1"
    assert by_string.json["target_id"] == by_number.json["target_id"] == target["id"]
    assert by_string.json["config"] == {
        "container_name": "btc_trading_service",
        "since_seconds": None,
        "tail": 2000,
        "timestamps": False,
    }


@BOTH_DATABASES
def test_a_target_that_is_not_there_is_an_error_of_the_field(client: FlaskClient) -> None:
    body = {"target_id": 9, "name": "a", "mode": "file", "config": {"path": "/var/log/syslog"}}

    refused = client.post("/log-sources", json=body)

    assert refused.status_code == 422
    assert refused.json["errors"] == [{"field": "target_id", "message": "There is no Target 9."}]
    assert client.get("/log-sources").json == []


def test_a_mode_that_its_target_has_not_is_refused(client: FlaskClient) -> None:
    target = make_target(client, type="docker_host")
    body = {"target_id": target["id"], "name": "a", "mode": "file", "config": {"path": "/a"}}

    refused = client.post("/log-sources", json=body)

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {"field": "mode", "message": "A Target of type docker_host cannot be read by mode file."}
    ]


def test_a_change_within_its_config_keeps_the_rest_of_it(client: FlaskClient) -> None:
    make_log_source(client, mode="docker_logs", config={"container_name": "bot"})

    changed = client.patch("/log-sources/1", json={"config": {"tail": 50}})

    assert changed.status_code == 200
    assert changed.json["config"] == {
        "container_name": "bot",
        "since_seconds": None,
        "tail": 50,
        "timestamps": False,
    }
    assert client.get("/log-sources").json == [changed.json]


def test_a_log_source_in_use_is_not_deleted_and_its_monitors_are_named(
    client: FlaskClient,
) -> None:
    make_monitor(client, name="first")
    make_monitor(client, name="second", log_source_id=1)

    refused = client.delete("/log-sources/1")

    assert refused.status_code == 409
    assert refused.json["error"] == (
        "LogSource “syslog” is used by Monitor “first” (1), Monitor “second” (2). "
        "Delete or change these first."
    )


def test_a_log_source_that_nobody_uses_is_deleted(client: FlaskClient) -> None:
    make_log_source(client)

    deleted = client.delete("/log-sources/1")

    assert deleted.status_code == 204
    assert client.get("/log-sources").json == []


def test_testing_it_shows_its_last_lines(client: FlaskClient, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("one\ntwo\n")
    make_log_source(client, config={"path": str(log)})

    tested = client.post("/log-sources/1/test")

    assert tested.status_code == 200
    assert tested.json == {
        "ok": True,
        "duration_ms": tested.json["duration_ms"],
        "lines": ["one", "two"],
        "error": None,
    }


def test_testing_it_says_why_it_failed(client: FlaskClient, tmp_path: Path) -> None:
    make_log_source(client, config={"path": str(tmp_path / "none.log")})

    tested = client.post("/log-sources/1/test")

    assert tested.status_code == 200
    assert tested.json["ok"] is False
    assert tested.json["error"] == (
        f"Cannot read {tmp_path / 'none.log'}: No such file or directory."
    )


def test_what_else_was_chosen_is_told_and_what_was_not_is_left_out() -> None:
    chosen = JournaldConfig(units=["web"], identifiers=["nginx", "php"], boot=True).model_dump()

    assert details_of("journald", chosen) == {
        "Programs": "nginx, php",
        "Only since the last boot": "yes",
    }
    assert details_of("journald", chosen | {"boot": False, "priority": "err"}) == {
        "Priority": "err and worse",
        "Programs": "nginx, php",
    }
    assert details_of("kubernetes", {"pods": "shop", "previous": False, "tail": 2000}) == {
        "Before a restart too": "no"
    }
