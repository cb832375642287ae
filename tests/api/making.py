"""What the JSON tests stand on, made as a script makes it."""

from typing import Any

from flask.testing import FlaskClient


def make_target(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    return _made(client, "/targets", {"name": "here", "type": "local"} | fields)


def make_log_source(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    """A file on a Target of its own, unless `fields` say otherwise."""
    if "target_id" not in fields:
        fields["target_id"] = make_target(client)["id"]
    default = {"name": "syslog", "mode": "file", "config": {"path": "/var/log/syslog"}}
    return _made(client, "/log-sources", default | fields)


def make_monitor(client: FlaskClient, **fields: Any) -> dict[str, Any]:
    """It reads a LogSource of its own, unless `fields` say otherwise."""
    if not {"log_source_id", "target_id"} & set(fields):
        fields["log_source_id"] = make_log_source(client)["id"]
    return _made(client, "/monitors", {"name": "watch", "prompt": "Is all well?"} | fields)


def _made(client: FlaskClient, address: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(address, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made
