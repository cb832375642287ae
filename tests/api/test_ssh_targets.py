import getpass

import pytest
from flask.testing import FlaskClient

from tests.ssh_server import SshServer

TARGET = {"name": "web-1", "type": "ssh"}


@pytest.mark.parametrize(
    "host", ["-oProxyCommand=x", "a b", "a;b", "ops@web-1", "web-1:22", "", "fe80::1%eth0", "a\nb"]
)
def test_a_host_that_could_be_taken_for_something_else_is_refused(
    client: FlaskClient, host: str
) -> None:
    refused = client.post("/targets", json=TARGET | {"connection_config": {"host": host}})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == ["connection_config.host"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", "-l"),
        ("user", "a b"),
        ("user", "$(id)"),
        ("port", 0),
        ("port", 65536),
        ("jump", "-oProxyCommand=x"),
        ("jump", "a,-b"),
        ("jump", "-u@a"),
        ("jump", "a:99999"),
        ("jump", "a b"),
        ("identity_file", "id_ed25519"),
        ("identity_file", "-i"),
    ],
)
def test_what_could_be_taken_for_an_option_is_refused(
    client: FlaskClient, field: str, value: object
) -> None:
    config = {"host": "web-1", field: value}

    refused = client.post("/targets", json=TARGET | {"connection_config": config})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json["errors"]] == [f"connection_config.{field}"]


@pytest.mark.parametrize(
    "config",
    [
        {"host": "10.0.0.5", "jump": "ops@bastion:2222,[2001:db8::1]:22,inner"},
        {"host": "2001:db8::5", "port": 2222, "user": "logs.reader"},
        {"host": "web_1", "identity_file": "/home/monitor/.ssh/id"},
    ],
)
def test_every_way_to_a_machine_is_kept_as_it_was_sent(
    client: FlaskClient, config: dict[str, object]
) -> None:
    made = client.post("/targets", json=TARGET | {"connection_config": config})

    assert made.status_code == 201
    assert config.items() <= made.json["connection_config"].items()


def test_a_script_reads_the_fingerprint_and_approves_it(
    client: FlaskClient, sshd: SshServer
) -> None:
    client.post("/targets", json=TARGET | {"connection_config": sshd.config})

    tested = client.post("/targets/1/test").json
    key = tested["key"]
    approved = client.post("/targets/1/host-key", json={"fingerprint": key["fingerprint"]})

    assert (tested["ok"], key["host"], key["known"]) == (False, f"[127.0.0.1]:{sshd.port}", None)
    assert (approved.status_code, approved.json["ok"]) == (200, True)
    assert approved.json["facts"]["Runs as"] == getpass.getuser()
    assert approved.json["key"] is None


def test_another_fingerprint_approves_nothing(client: FlaskClient, sshd: SshServer) -> None:
    client.post("/targets", json=TARGET | {"connection_config": sshd.config})

    refused = client.post("/targets/1/host-key", json={"fingerprint": "SHA256:other"}).json

    assert refused["ok"] is False
    assert "now offers another key than the one that was approved" in refused["error"]
    assert client.post("/targets/1/test").json["ok"] is False


def test_what_is_no_machine_over_ssh_has_no_key(client: FlaskClient) -> None:
    client.post("/targets", json={"name": "here", "type": "local"})

    refused = client.post("/targets/1/host-key", json={"fingerprint": "SHA256:any"}).json

    assert refused["error"] == "Only a machine that is reached over SSH has a host key."
