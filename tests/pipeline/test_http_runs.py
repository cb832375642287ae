"""Runs of a Monitor that reads an HTTP server."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from tests.conftest import BOTH_DATABASES
from tests.pipeline.http_server import Reply, Request, loki, serving
from tests.pipeline.test_run import claimed, whole_row
from tests.rows import new_monitor
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Monitor
from webapp.pipeline.run import execute
from webapp.pipeline.sections import NEW_FROM_HERE, NOTHING_NEW

SECRET = "hunter2-of-loki"
SECOND = 10**9


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"log_secret": {"loki": SecretStr(SECRET)}})


def run(settings: Settings, monitor_id: int) -> SimpleNamespace:
    """The columns of one more Run, at its end."""
    claim = claimed(db.session.get_one(Monitor, monitor_id))
    execute(claim, settings)
    return SimpleNamespace(**whole_row(claim.run_id))


def reads(url: str, **config: Any) -> int:
    """The id of a Monitor that reads it."""
    read = {"label": "LOKI", "mode": "http", "config": {"url": url, **config}}
    return new_monitor(inputs=[read]).id


@BOTH_DATABASES
def test_a_line_of_loki_is_judged_once_and_is_context_from_then_on(
    app: Flask, settings: Settings
) -> None:
    now = time.time_ns()
    entries = [(now - 2 * SECOND, "ERROR payment failed")]
    with serving(loki(entries)) as server:
        monitor_id = reads(f"{server.url}/loki", format="loki", query='{app="shop"}')
        first = run(settings, monitor_id)
        entries.append((now - SECOND, "INFO order filled"))
        second = run(settings, monitor_id)
        third = run(settings, monitor_id)

    assert (first.status, second.status, third.status) == ("alert", "ok", "ok")
    assert first.logs_text.endswith("ERROR payment failed")
    assert NEW_FROM_HERE in second.logs_text
    assert second.logs_text.endswith("INFO order filled")
    assert third.logs_text.endswith(NOTHING_NEW)


@pytest.mark.parametrize("status", [200, 401])
@pytest.mark.parametrize("login", ["bearer LOKI", "basic ops LOKI", "header X-Key LOKI"])
def test_no_secret_is_kept_though_the_server_tells_it(
    app: Flask, settings: Settings, status: int, login: str
) -> None:
    told: list[str] = []

    def echo(request: Request) -> Reply:
        name = "X-Key" if "X-Key" in request.headers else "Authorization"
        told.append(request.headers[name])
        return Reply(f"refused {name}: {request.headers[name]} ({SECRET})\n".encode(), status)

    with serving(echo) as server:
        kept = run(settings, reads(server.url, auth=login))

    (sent,) = told
    assert "[REDACTED:" in repr(kept)
    assert SECRET not in repr(kept)
    assert sent.split()[-1] not in repr(kept)
