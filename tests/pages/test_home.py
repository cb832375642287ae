import re
import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.conftest import ON_POSTGRESQL
from tests.pages.making import BROWSER, HTMX, NOW, make_monitor, make_run, make_target, see, words
from tests.processes import stopped
from tests.rows import calls_of
from tests.waiting import until
from webapp.board import MAX_TARGETS, VERSION_SECONDS, Board
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Claim, Heartbeat, overview
from webapp.recent import MUCH_OLDER, PATIENCE_SECONDS


def test_monitors_stand_worst_first_each_with_its_sentence(client: FlaskClient) -> None:
    target = make_target()
    make_run(make_monitor(target, name="b fine"), "ok", summary="All quiet.")
    make_monitor(target, name="a paused", paused=True)
    make_monitor(target, name="a new")
    make_run(make_monitor(target, name="c warned"), "warn", summary="Slow.")
    error = {"error_kind": "inputs_failed", "error_message": "No Input could be read."}
    make_run(make_monitor(target, name="d broken"), "error", **error)
    make_run(make_monitor(target, name="e burning"), "alert", summary="Disk full.")

    page = words(see(client, "/"))

    told = ["alert e burning Disk full.", "error d broken No Input could be read."]
    told += [
        "warn c warned Slow.",
        "new a new No Run yet. The first comes by itself within a minute.",
    ]
    told += ["ok b fine All quiet.", "paused a paused No Run yet, as it is paused."]
    places = [page.find(text) for text in told]
    assert -1 not in places
    assert places == sorted(places)
    assert "1 alert 1 error 1 warn 1 new 1 ok 1 paused" in page


def test_the_strip_shows_recent_runs_oldest_first(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    first = make_run(monitor, "alert", summary="Disk full.")
    second = make_run(monitor, "ok", summary="Room again.")

    page = see(client, "/")

    assert page.count('class="strip-gap"') == 22
    assert page.index(f'strip-alert" href="/runs/{first.id}"') < page.index(
        f'strip-ok" href="/runs/{second.id}"'
    )
    assert 'title="2026-01-31 08:00:03 UTC: alert. Disk full."' in page


def test_a_live_run_does_not_hide_the_last_status(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    make_run(monitor, "alert", summary="Disk full.")
    live = make_run(monitor)
    Claim.take(live.id, NOW, timedelta(minutes=5))

    page = see(client, "/")

    assert "standing-alert" in page
    assert f'<a class="live-link" href="/runs/{live.id}">running now</a>' in page


@pytest.fixture
def health_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """For as long as the test takes, once it was asked for."""
    monkeypatch.setattr("webapp.board.HEALTH_SECONDS", 600)


def test_the_number_of_queries_does_not_grow_with_monitors(
    health_is_known: None, client: FlaskClient
) -> None:
    target = make_target()
    make_run(make_monitor(target), "ok", summary="Fine.")
    see(client, "/")  # what is asked for once is asked
    make_run(make_monitor(target, name="m"), "ok", summary="Fine.")
    few = _queries(client)
    for number in range(10):
        make_run(make_monitor(target, name=f"m{number}"), "ok", summary="Fine.")

    many = _queries(client)

    assert many == few


def test_the_strips_follow_each_run_that_begins_or_ends(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    make_run(monitor, "ok", summary="Fine.")
    strips = [_strip(see(client, "/"))]

    live = make_run(monitor)
    strips.append(_strip(see(client, "/")))
    claim = Claim.take(live.id, NOW, timedelta(minutes=5))
    strips.append(_strip(see(client, "/")))
    assert claim
    claim.finish(NOW, 200, verdict="warn", summary="Slow.")
    strips.append(_strip(see(client, "/")))

    assert strips == [["ok"], ["ok", "queued"], ["ok", "running"], ["ok", "warn"]]


def test_monitors_are_found_by_words_state_target_and_tag(client: FlaskClient) -> None:
    here, there = make_target(), make_target(name="there")
    make_run(make_monitor(here, name="Shop", tags=["prod"]), "warn", summary="50% are slow.")
    make_run(make_monitor(there, name="Till", tags=["prod", "eu"]), "ok", summary="All quiet.")
    make_monitor(here, name="Bank", paused=True)

    found = {
        query: _names(see(client, f"/?{query}"))
        for query in (
            "q=shop",
            "q=50%25",
            "q=_",
            "q=quiet+till",
            "q=eu",
            "status=paused",
            f"target_id={there.id}",
            "tag=prod",
            "tag=prod&status=ok",
            "sort=name",
            "q=nothing",
        )
    }

    assert found == {
        "q=shop": ["Shop"],
        "q=50%25": ["Shop"],
        "q=_": [],
        "q=quiet+till": ["Till"],
        "q=eu": ["Till"],
        "status=paused": ["Bank"],
        f"target_id={there.id}": ["Till"],
        "tag=prod": ["Shop", "Till"],
        "tag=prod&status=ok": ["Till"],
        "sort=name": ["Bank", "Shop", "Till"],
        "q=nothing": [],
    }


def test_the_tiles_count_what_is_found_and_keep_what_was_asked(client: FlaskClient) -> None:
    target = make_target()
    make_run(make_monitor(target, name="Shop a", tags=["prod"]), "warn", summary="Slow.")
    make_run(make_monitor(target, name="Shop b"), "ok", summary="Fine.")
    make_run(make_monitor(target, name="Till"), "ok", summary="Fine.")

    page = see(client, "/?q=shop&status=ok")

    assert "0 alert 0 error 1 warn 0 new 1 ok 0 paused" in words(page)
    assert 'href="/?q=shop&amp;status=warn"' in page
    assert 'href="/?q=shop" aria-current="true"' in page


@pytest.mark.parametrize("query", ["status=bad", "sort=best", "target_id=x", "page=0"])
def test_what_cannot_be_asked_for_is_said(client: FlaskClient, query: str) -> None:
    response = client.get(f"/?{query}", headers=BROWSER)

    assert response.status_code == 400
    assert f"“{query.partition('=')[0]}” must be" in words(response.text)


def test_many_monitors_come_in_pages(client: FlaskClient) -> None:
    target = make_target()
    for number in range(51):
        make_monitor(target, name=f"m{number:02}", tags=["all"])

    first, second = see(client, "/?tag=all"), see(client, "/?tag=all&page=2")

    assert (len(_names(first)), _names(second)) == (50, ["m50"])
    assert "Page 1 of 2, 51 Monitors" in words(first)
    assert 'rel="next" href="/?tag=all&amp;page=2"' in first
    assert 'rel="prev" href="/?tag=all"' in second


def test_a_poll_gets_nothing_until_something_changed(app: Flask, client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    answers = []

    def poll(seen: str) -> str:
        app.extensions["board"] = Board(app)  # its memory is a second old
        response = client.get(f"/overview?seen={seen}", headers=HTMX)
        answers.append((response.status_code, len(response.data) > 0))
        return _seen(response.text) if response.data else seen

    seen = poll(_seen(see(client, "/")))
    for change in (
        lambda: make_run(monitor, "alert", summary="Down."),
        lambda: monitor.mute(NOW, None),
        lambda: monitor.retag(add=["prod"]),
        monitor.pause,
        lambda: monitor.own_target.change({"name": "elsewhere"}),
        monitor.delete,
    ):
        change()
        seen = poll(poll(seen))

    assert answers == [(204, False)] + [(200, True), (204, False)] * 6


def test_what_happens_elsewhere_is_nothing_new_to_a_choice(app: Flask, client: FlaskClient) -> None:
    target = make_target()
    make_monitor(target, name="Shop", tags=["prod"])
    other = make_monitor(target, name="Till")
    seen = _seen(see(client, "/?tag=prod"))

    make_run(other, "ok", summary="Fine.")
    app.extensions["board"] = Board(app)

    assert client.get(f"/overview?tag=prod&seen={seen}", headers=HTMX).status_code == 204
    assert client.get(f"/overview?seen={seen}", headers=HTMX).status_code == 200


def test_a_page_beyond_the_end_is_the_last_one(client: FlaskClient) -> None:
    make_monitor(make_target(), name="Shop")

    assert _names(see(client, "/?page=5")) == ["Shop"]


def test_a_target_that_was_deleted_is_offered_no_more(client: FlaskClient) -> None:
    make_monitor(make_target())
    make_target(name="second")
    gone = make_target(name="gone")
    before = "gone</option>" in see(client, "/")

    gone.delete()

    assert before
    assert "gone</option>" not in see(client, "/")


def test_a_mute_that_ends_is_a_change(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    now = utc_now()
    monitor.mute(now, now + timedelta(seconds=60))

    versions = [overview.version(now + timedelta(seconds=s)) for s in (0, 59, 60)]

    assert versions[0] == versions[1] != versions[2]


def test_a_search_in_place_has_its_address(client: FlaskClient) -> None:
    make_monitor(make_target(), name="Shop")

    searched = client.get("/overview?q=shop&status=&tag=&sort=worst", headers=HTMX)
    polled = client.get("/overview?q=shop&seen=old", headers=HTMX)

    assert searched.headers["HX-Replace-Url"] == "/?q=shop"
    assert "HX-Replace-Url" not in polled.headers
    assert _names(searched.text) == ["Shop"]


def test_whatever_a_name_or_a_log_says_is_text(client: FlaskClient) -> None:
    hostile = '</a>"><img src=x onerror=alert(1)>{{7*7}}'
    monitor = make_monitor(make_target(name=hostile), name=hostile)
    make_target(name="other")
    make_run(monitor, "alert", summary=hostile)

    page = see(client, f"/?q={quote('<script>')}") + see(client, "/")

    assert "<img" not in page
    assert "<script>" not in page
    assert page.count("&lt;/a&gt;&#34;&gt;&lt;img src=x onerror=alert(1)&gt;{{7*7}}") >= 4


def test_what_llms_took_this_month_is_told(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    usage: dict[str, Any] = {"llm_model": "openai:x", "input_tokens": 1200, "output_tokens": 34}
    claim = Claim.take(make_run(monitor).id, utc_now(), timedelta(minutes=5))
    assert claim
    usage |= {"cost_usd": 0.0042, "calls": calls_of(usage | {"cost_usd": 0.0042})}
    claim.finish(utc_now(), 200, verdict="ok", summary="Fine.", **usage)

    assert "This month 1,200 tokens in, 34 out, $0.0042" in words(see(client, "/"))


def test_what_fails_is_said_in_the_line_of_health(client: FlaskClient) -> None:
    Heartbeat.beat("worker", "test", utc_now())

    page = see(client, "/")

    assert "scheduler <strong>failing</strong>" in page
    assert "No scheduler runs, so nothing starts by itself." in page
    assert ">workers</a>" in page


@ON_POSTGRESQL
def test_a_database_that_hangs_holds_up_no_page_that_is_open(
    app: Flask, database: str, client: FlaskClient
) -> None:
    address = f"/overview?seen={_seen(see(client, '/'))}"
    with psycopg.connect(database) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
    assert server

    with ThreadPoolExecutor(8) as pages:
        with stopped(server, *server.children()):
            old = time.monotonic() + MUCH_OLDER * VERSION_SECONDS
            until(lambda: time.monotonic() > old)
            polls = [pages.submit(_poll, app, address) for _ in range(8)]
            answered, reading = wait(polls, 2 * PATIENCE_SECONDS)
        statuses = [poll.result() for poll in answered]
    after = _poll(app, address)

    assert (statuses, len(reading)) == ([503] * 7, 1)
    assert after in (200, 204)


def _poll(app: Flask, address: str) -> int:
    return app.test_client().get(address, headers=HTMX).status_code


def _names(page: str) -> list[str]:
    return re.findall(r'class="standing-name"><a href="[^"]*">([^<]*)', page)


def _strip(page: str) -> list[str]:
    return re.findall(r'class="strip-run strip-([a-z]+)"', page)


def _seen(page: str) -> str:
    match = re.search(r"seen=([0-9a-f]+)", page)
    assert match
    return match[1]


def _queries(client: FlaskClient) -> int:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    see(client, "/")
    event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)


def test_the_finder_offers_some_targets_and_always_the_chosen_one(client: FlaskClient) -> None:
    rows = [make_target(name=f"host-{number:02}") for number in range(MAX_TARGETS + 2)]
    make_monitor(rows[-1])

    def offered(address: str) -> list[str]:
        return re.findall(r">(host-\d+)</option>", see(client, address))

    assert offered("/") == [row.name for row in rows[:MAX_TARGETS]]
    assert offered(f"/?target_id={rows[-1].id}") == [*offered("/"), rows[-1].name]
    assert "For others, open the Target" in see(client, "/")
