import gc
import platform
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.api.making import make_log_source, make_monitor, make_target
from tests.conftest import BOTH_DATABASES
from tests.pipeline.docker_engine import CONNECTS_IN_VAIN

TARGET = {
    "name": "trade-bot-host-1",
    "type": "docker_host",
    "connection_config": {"host": "localhost"},
}


@BOTH_DATABASES
def test_a_created_target_is_at_its_location(client: FlaskClient) -> None:
    created = client.post("/targets", json=TARGET)

    shown = client.get(created.headers["Location"])
    assert created.status_code == 201
    assert created.headers["Location"] == "/api/targets/1"
    assert shown.json == created.json
    times = {"created_at": created.json["created_at"], "updated_at": created.json["updated_at"]}
    assert created.json == {"id": 1} | TARGET | times
    assert all(time.endswith("Z") for time in times.values())


def test_a_target_has_the_same_address_with_and_without_api(client: FlaskClient) -> None:
    make_target(client)

    assert client.get("/targets/1").json == client.get("/api/targets/1").json


@BOTH_DATABASES
def test_targets_are_listed_in_the_order_they_were_made(client: FlaskClient) -> None:
    made = [make_target(client, name=name) for name in ("zebra", "ape", "mouse")]

    listed = client.get("/targets")

    assert listed.json == made
    assert "Link" not in listed.headers


def test_a_list_that_goes_on_says_where(client: FlaskClient) -> None:
    made = [make_target(client, name=f"host-{number}") for number in range(5)]

    first = client.get("/targets?limit=2")
    second = client.get(first.headers["Link"].split(">")[0].strip("<"))
    third = client.get(second.headers["Link"].split(">")[0].strip("<"))

    assert first.headers["Link"] == '</api/targets?limit=2&after=2>; rel="next"'
    assert first.json + second.json + third.json == made
    assert "Link" not in third.headers


def test_put_and_patch_change_what_is_named_and_keep_the_rest(client: FlaskClient) -> None:
    made = client.post("/targets", json=TARGET).json

    put = client.put("/targets/1", json={"name": "a"})
    patched = client.patch("/targets/1", json={"connection_config": {"host": "tcp://h:2375"}})

    assert put.json == made | {"name": "a", "updated_at": put.json["updated_at"]}
    assert patched.json == put.json | {
        "connection_config": {"host": "tcp://h:2375"},
        "updated_at": patched.json["updated_at"],
    }
    assert put.json["updated_at"] > made["updated_at"]
    assert client.get("/targets/1").json == patched.json


def test_a_change_of_type_forgets_the_config_of_the_other(client: FlaskClient) -> None:
    client.post("/targets", json=TARGET)

    changed = client.put("/targets/1", json={"type": "local"})

    assert changed.status_code == 200
    assert changed.json["connection_config"] == {}


def test_a_bad_change_changes_nothing(client: FlaskClient) -> None:
    made = client.post("/targets", json=TARGET).json

    refused = client.put("/targets/1", json={"name": "new", "connection_config": {"host": "a b"}})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["connection_config.host"]
    assert client.get("/targets/1").json == made


@pytest.mark.parametrize("host", ["tcp://a:0", "tcp://a:65536", "tcp://a:99999", "tcp://a:000000/"])
def test_a_port_that_there_cannot_be_is_refused(client: FlaskClient, host: str) -> None:
    refused = client.post("/targets", json=TARGET | {"connection_config": {"host": host}})

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {"field": "connection_config.host", "message": "The port must be from 1 to 65535."}
    ]


@pytest.mark.parametrize(
    "host", ["tcp://a:1", "tcp://10.0.0.5:65535/", "tcp://a", "db-1", "unix:///var/run/d.sock"]
)
def test_every_form_of_a_docker_host_is_kept_as_it_was_sent(client: FlaskClient, host: str) -> None:
    made = client.post("/targets", json=TARGET | {"connection_config": {"host": host}})

    assert (made.status_code, made.json["connection_config"]) == (201, {"host": host})


def test_a_type_that_log_sources_cannot_be_read_on_is_refused(client: FlaskClient) -> None:
    make_log_source(client)

    refused = client.put("/targets/1", json={"type": "docker_host"})

    assert refused.status_code == 422
    assert refused.json["errors"] == [
        {
            "field": "type",
            "message": "A Target of type docker_host cannot have the LogSources syslog.",
        }
    ]


@BOTH_DATABASES
def test_a_deleted_target_is_gone_and_its_id_is_not_used_again(client: FlaskClient) -> None:
    make_target(client)

    deleted = client.delete("/targets/1")

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert "Content-Type" not in deleted.headers
    assert client.get("/targets/1").status_code == 404
    assert make_target(client)["id"] == 2


@BOTH_DATABASES
def test_a_target_in_use_is_not_deleted_and_its_users_are_named(client: FlaskClient) -> None:
    make_log_source(client)
    make_monitor(client, target_id=1, inputs=[{"label": "A", "command": "true"}])

    refused = client.delete("/targets/1")

    assert refused.status_code == 409
    assert refused.json == {
        "error": "Target “here” is used by LogSource “syslog” (1), Monitor “watch” (1). "
        "Delete or change these first.",
        "errors": [],
    }
    assert client.get("/targets/1").status_code == 200


def test_a_target_is_used_now(client: FlaskClient) -> None:
    made = client.post("/targets", json={"name": "here", "type": "local"}).json

    told = client.post(f"/targets/{made['id']}/test").json

    assert (told["ok"], told["error"]) == (True, None)
    assert list(told["facts"]) == ["Runs as", "Groups", "Host", "System", "Commands begin in"]
    assert told["facts"]["Host"] == platform.node()


@CONNECTS_IN_VAIN
def test_an_engine_that_cannot_be_used_says_why(client: FlaskClient, tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/none.sock"
    engine = {"name": "e", "type": "docker_host", "connection_config": {"host": url}}
    made = client.post("/targets", json=engine).json

    told = client.post(f"/targets/{made['id']}/test").json
    gc.collect()

    assert (told["ok"], told["facts"]) == (False, {})
    assert told["error"].startswith(f"The Docker engine at {url} is not reachable")
