"""Monitors and tags at a glance."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.pages.making import BROWSER
from tests.rows import NOW, finished_run, new_monitor
from webapp.models import Monitor

LATER = NOW + timedelta(minutes=5)
IMAGE = {"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"}


@BOTH_DATABASES
def test_a_monitor_on_one_line(client: FlaskClient) -> None:
    monitor = _monitor("Shop", "ok")
    finished_run(monitor, NOW, verdict="alert", summary="Payments fail.")
    run_id = finished_run(monitor, LATER, verdict="alert", summary="Payments still fail.")

    answer = client.get(f"/monitors/{monitor.id}/status")

    assert answer.text.count("\n") == 1
    assert answer.json == {
        "id": monitor.id,
        "name": "Shop",
        "state": "alert",
        "muted": False,
        "since": "2026-01-31T08:00:00.000Z",
        "sentence": "Payments still fail.",
        "run_id": run_id,
        "finished_at": "2026-01-31T08:05:00.000Z",
    }


def test_a_new_monitor_says_that_it_is_new(client: FlaskClient) -> None:
    monitor = _monitor("Shop")

    told = client.get(f"/monitors/{monitor.id}/status").json

    assert (told["state"], told["sentence"]) == ("new", "No Run has ended yet.")
    assert told["since"] is told["run_id"] is told["finished_at"] is None


@BOTH_DATABASES
def test_a_tag_stands_as_the_worst_of_its_monitors_that_run_and_tell(client: FlaskClient) -> None:
    _monitor("fine", "ok", tags=["prod"])
    late = _monitor("late", "warn", tags=["prod", "web"])
    _monitor("new", tags=["prod"])
    _monitor("of others", "alert", tags=["test"])
    _monitor("paused", "alert", tags=["prod"]).pause()
    _monitor("muted", "error", tags=["prod"]).mute(NOW, None)

    told = client.get("/tags/prod/status").json

    assert (told["tag"], told["state"], told["monitors"]) == ("prod", "warn", 5)
    assert told["counts"] == {
        "alert": 0,
        "error": 0,
        "warn": 1,
        "ok": 1,
        "new": 1,
        "paused": 1,
        "muted": 1,
    }
    assert told["sentence"] == "1 warn, 1 ok, 1 new. Not counted: 1 paused, 1 muted."
    assert [(one["id"], one["name"], one["state"]) for one in told["worst"]] == [
        (late.id, "late", "warn")
    ]


def test_the_tags_are_listed_by_name(client: FlaskClient) -> None:
    _monitor("one", "ok", tags=["web", "prod"])
    _monitor("two", "alert", tags=["web"])

    told = client.get("/tags").json

    assert [(one["tag"], one["state"], one["monitors"]) for one in told] == [
        ("prod", "ok", 1),
        ("web", "alert", 2),
    ]


def test_a_tag_of_which_all_are_left_out_says_so(client: FlaskClient) -> None:
    _monitor("muted", "alert", tags=["prod"]).mute(NOW, None)

    told = client.get("/tags/PROD/status?fail=warn")

    assert (told.status_code, told.json["state"]) == (200, "muted")
    assert told.json["sentence"] == "Not counted: 1 muted."


@pytest.mark.parametrize(
    ("verdict", "failing"),
    [("ok", []), ("warn", ["warn"]), ("alert", ["warn", "alert"]), ("error", ["warn", "alert"])],
)
def test_who_asks_for_it_is_failed_from_a_state_on(
    client: FlaskClient, verdict: str, failing: list[str]
) -> None:
    _monitor("Shop", verdict, tags=["prod"])

    for path in ("/monitors/1/status", "/tags/prod/status"):
        assert client.get(path).status_code == 200
        failed = [fail for fail in ("warn", "alert") if _status(client, f"{path}?fail={fail}")]
        assert failed == failing


def test_a_muted_monitor_fails_nobody(client: FlaskClient) -> None:
    _monitor("Shop", "alert").mute(NOW, None)

    answer = client.get("/monitors/1/status?fail=warn")

    assert (answer.status_code, answer.json["state"], answer.json["muted"]) == (200, "alert", True)


@pytest.mark.parametrize("path", ["/monitors/1/badge.svg", "/tags/prod/badge.svg"])
def test_a_badge_is_kept_and_asked_for_again(client: FlaskClient, path: str) -> None:
    monitor = _monitor("Shop", "ok", tags=["prod"])

    badge = client.get(path, headers=IMAGE)
    same = client.get(path, headers=IMAGE | {"If-None-Match": badge.headers["ETag"]})
    finished_run(monitor, LATER, verdict="alert", summary="Payments fail.")
    other = client.get(path, headers=IMAGE | {"If-None-Match": badge.headers["ETag"]})

    assert (badge.mimetype, badge.headers["Cache-Control"]) == ("image/svg+xml", "no-cache")
    assert badge.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (same.status_code, same.data) == (304, b"")
    assert (other.status_code, ">alert</text>" in other.text) == (200, True)


def test_the_badge_of_a_muted_monitor_says_both(client: FlaskClient) -> None:
    _monitor("Shop", "alert").mute(NOW, None)

    assert ">alert, muted</text>" in client.get("/monitors/1/badge.svg").text


@pytest.mark.parametrize(
    "path",
    [
        "/monitors/9/badge.svg",
        "/monitors/9/status",
        "/tags/none/badge.svg",
        "/tags/none/status",
        "/tags/no%20tag/status",
        "/tags/%00/badge.svg",
        f"/tags/{'a' * 41}/status",
    ],
)
@pytest.mark.parametrize("headers", [IMAGE, BROWSER], ids=["image", "page"])
def test_what_is_not_there_is_told_in_json(
    app: Flask, client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)

    assert (answer.status_code, list(answer.json)) == (404, ["error", "errors"])


def _monitor(name: str, verdict: str | None = None, **values: Any) -> Monitor:
    monitor = new_monitor(name=name, **values)
    if verdict:
        finished_run(monitor, verdict=verdict)
    return monitor


def _status(client: FlaskClient, path: str) -> bool:
    return client.get(path).status_code == 503
