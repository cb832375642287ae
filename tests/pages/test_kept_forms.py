"""What was typed comes back, whatever kept it from being taken."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, HTMX, make_monitor, send, token
from webapp import extensions
from webapp.extensions import db
from webapp.models import LogSource, Monitor, Target

HOSTILE = '"><script>alert(1)</script>{{7*7}}'
TARGET = {"name": HOSTILE, "type": "docker_host", "docker_host_host": "tcp://10.0.0.5:2375"}
LOG_SOURCE = {"name": HOSTILE, "target": "here", "mode": "file", "file_path": "/var/log/typed.log"}
MONITOR = {
    "name": HOSTILE,
    "prompt": "Look for errors.",
    "target": "here",
    "interval_seconds": "600",
    "email_recipients": "ops@example.com",
    "notify_on": "all",
    "inputs-0-label": "APP",
    "inputs-0-mode": "command",
    "inputs-0-command": "echo typed",
    "inputs-0-env": "A=b",
}
FORMS: dict[str, dict[str, Any]] = {
    "/targets": TARGET,
    "/targets/test": TARGET,
    "/targets/1": TARGET,
    "/log-sources": LOG_SOURCE,
    "/log-sources/test": LOG_SOURCE,
    "/monitors": MONITOR,
    "/monitors/preview": MONITOR,
    "/monitors/try": MONITOR,
}
SENT = pytest.mark.parametrize(("path", "typed"), FORMS.items(), ids=FORMS)
BY_WHOM = pytest.mark.parametrize("headers", [BROWSER, HTMX], ids=["plain", "htmx"])


@SENT
@BY_WHOM
def test_a_form_with_an_old_token_comes_back_with_a_new_one(
    client: FlaskClient, target: Target, path: str, typed: dict[str, str], headers: dict[str, str]
) -> None:
    response = client.post(path, data=typed | {"csrf_token": "old"}, headers=headers)

    again = client.post(path, data=typed | {"csrf_token": _token(response.text)}, headers=headers)
    assert response.status_code == 400
    assert "It has a new one now: send it again." in response.text
    assert _lost(typed, response.text) == {}
    assert "<script>alert" not in response.text
    assert again.status_code in (200, 303), again.text


@SENT
def test_a_form_comes_back_though_nothing_can_be_read_of_the_database(
    client: FlaskClient, path: str, typed: dict[str, str]
) -> None:
    sent = typed | {"csrf_token": token(client)}
    db.drop_all()

    response = client.post(path, data=sent, headers=BROWSER)

    assert response.status_code == 503
    assert "The database does not answer; try again in a moment. Nothing" in response.text
    assert _lost(typed, response.text) == {}


def test_a_form_comes_back_while_the_database_is_locked(
    client: FlaskClient, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "PERSONS_PATIENCE_MS", 50)
    db.session.rollback()
    with db.engine.connect() as other:
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN IMMEDIATE")

        response = send(client, "/monitors", MONITOR)

        other.exec_driver_sql("ROLLBACK")
    assert response.status_code == 503
    assert "The database does not answer; try again in a moment. Nothing" in response.text
    assert _lost(MONITOR, response.text) == {}
    assert Monitor.all() == []


def test_a_change_of_what_was_deleted_can_be_saved_anew(
    client: FlaskClient, target: Target
) -> None:
    monitor = make_monitor(target)
    gone = monitor.id
    monitor.delete()

    response = send(client, f"/monitors/{gone}", MONITOR)

    assert response.status_code == 404
    assert f"There is no Monitor {gone}. Nothing was saved, and all" in response.text
    assert "To save makes a new one." in response.text
    assert 'action="/monitors"' in response.text
    assert _lost(MONITOR, response.text) == {}


def test_a_change_comes_back_as_a_change_of_the_same_row(
    client: FlaskClient, target: Target
) -> None:
    paths = {f"/targets/{target.id}": TARGET, f"/targets/test?target_id={target.id}": TARGET}

    pages = [client.post(path, data=typed, headers=BROWSER).text for path, typed in paths.items()]

    assert all(f'action="/targets/{target.id}"' in page for page in pages)
    assert (Target.all(), LogSource.all()) == ([target], [])


def _token(page: str) -> str:
    match = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert match, "the form has a token"
    return match[1]


def _lost(typed: dict[str, str], page: str) -> dict[str, str]:
    """What was typed or chosen and is not in the form."""
    boxes = re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page)
    chosen = re.findall(r'<input checked [^>]* name="([^"]+)"[^>]* value="([^"]*)"', page)
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\r?\n([^<]*)</textarea>', page)
    picked = [(name, "command") for name in re.findall(r'<select[^>]* name="([^"]+)"', page)]
    shown = {name: unescape(value) for name, value in boxes + chosen + areas + picked}
    return {name: value for name, value in typed.items() if shown.get(name) != value}
