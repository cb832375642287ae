"""What the tests of pages begin with."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.extensions import db
from webapp.models import Claim, LogSource, Monitor, Run, Target
from webapp.schemas import LogSourceIn, MonitorIn, TargetIn, validate

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
BROWSER = {"Accept": "text/html"}
HTMX = BROWSER | {"HX-Request": "true"}


def make_target(**values: Any) -> Target:
    return Target.create(validate(TargetIn, {"name": "here", "type": "local"} | values))


def make_log_source(target: Target, **values: Any) -> LogSource:
    data = {"target_id": target.id, "name": "syslog", "mode": "file"}
    config = {"config": {"path": "/var/log/syslog"}}
    return LogSource.create(validate(LogSourceIn, data | config | values))


def make_monitor(target: Target, **values: Any) -> Monitor:
    data = {
        "name": "disks",
        "target_id": target.id,
        "prompt": "Look for full disks.",
        "inputs": [{"label": "DF", "mode": "command", "command": "df -h"}],
    }
    return Monitor.create(validate(MonitorIn, data | values), NOW)


def make_run(monitor: Monitor, verdict: str | None = None, **values: Any) -> Run:
    """Finished with that verdict, or queued."""
    run_id, _ = Run.start(monitor.id, "manual", NOW)
    if verdict:
        claim = Claim.take(run_id, NOW, timedelta(minutes=5))
        assert claim
        claim.record_verdict(values.pop("planned", []), verdict=verdict, **values)
        claim.finish(NOW + timedelta(seconds=3), keep=200)
    run = Run.get(run_id)
    assert run
    return run


def see(client: FlaskClient, path: str) -> str:
    """The text of a page that is there."""
    response = client.get(path, headers=BROWSER)
    assert response.status_code == 200, response.text
    return response.text


def send(client: FlaskClient, path: str, data: dict[str, Any], **headers: str) -> TestResponse:
    """Post a form with the token that its page carries."""
    form = {"csrf_token": token(client)} | data
    response = client.post(path, data=form, headers=BROWSER | headers)
    db.session.rollback()
    db.session.expire_all()  # rows that the test holds are read again
    return response


def token(client: FlaskClient) -> str:
    match = re.search(r'name="csrf_token" value="([^"]+)"', see(client, "/targets/new"))
    assert match, "every form has a token"
    return match[1]


def words(html: str) -> str:
    """What a person reads: without tags, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
