from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import event

from tests.pages.making import NOW, make_monitor, make_run, make_target, see, words
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Claim, Heartbeat


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


def test_the_number_of_queries_does_not_grow_with_monitors(client: FlaskClient) -> None:
    target = make_target()
    make_run(make_monitor(target), "ok", summary="Fine.")
    few = _queries(client)
    for number in range(10):
        make_run(make_monitor(target, name=f"m{number}"), "ok", summary="Fine.")

    many = _queries(client)

    assert many == few


def test_what_fails_is_said_in_the_line_of_health(client: FlaskClient) -> None:
    Heartbeat.beat("worker", "test", utc_now())

    page = see(client, "/")

    assert "scheduler <strong>failing</strong>" in page
    assert "No scheduler runs, so nothing starts by itself." in page
    assert 'title="1 worker at work.">workers</a>' in page


def test_the_page_of_health_names_every_part(client: FlaskClient) -> None:
    response = client.get("/health", headers={"Accept": "text/html"})

    page = words(response.text)
    assert response.status_code == 503
    assert "failing scheduler No scheduler runs, so nothing starts by itself." in page
    assert "ok database The sqlite database can be written." in page
    assert "ok llm The built-in reading judges; no LLM_MODEL is set." in page


def _queries(client: FlaskClient) -> int:
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    see(client, "/")
    event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)
