"""What the Runs of a Monitor found, for people and for scripts."""

import re

import pytest
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, make_monitor, make_run, make_target, see, words
from tests.pipeline.test_recurrence import FULL, found
from webapp.models import Monitor, PastFinding


@pytest.fixture
def monitor(client: FlaskClient) -> Monitor:
    return make_monitor(make_target())


def test_findings_are_listed_last_seen_first_with_their_runs(
    client: FlaskClient, monitor: Monitor
) -> None:
    old = found("ERROR <b>bold</b> claim", severity="warn", fingerprint="a" * 24)
    first = make_run(monitor, "alert", findings=[old, found()])
    second = make_run(monitor, "alert", findings=[found()])

    page = see(client, f"/monitors/{monitor.id}/findings")

    said = words(page)
    assert said.index("seen 2 times") < said.index("seen once")
    assert f'href="/runs/{second.id}?line=2#L2"' in page
    assert f'href="/runs/{first.id}?line=2#L2"' in page
    assert "ERROR &lt;b&gt;bold&lt;/b&gt; claim" in page
    assert f'href="/monitors/{monitor.id}/findings"' in see(client, f"/runs/{second.id}")
    assert f'href="/monitors/{monitor.id}/findings"' in see(client, f"/monitors/{monitor.id}")


def test_scripts_get_them_a_page_at_a_time(client: FlaskClient, monitor: Monitor) -> None:
    many = [found(fingerprint=f"{number:024x}") for number in range(3)]
    run = make_run(monitor, "alert", findings=many)

    first = client.get(f"/monitors/{monitor.id}/findings?limit=2")
    address = re.search(r"<(.+)>", first.headers["Link"])
    assert address
    second = client.get(address[1])

    ids = [one["id"] for one in (*first.json, *second.json)]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 3
    assert "Link" not in second.headers
    shown = first.json[0]
    assert (shown["quote"], shown["times"], shown["run_id"]) == (FULL, 1, run.id)
    assert client.get(f"/monitors/{monitor.id}/findings?severity=warn").json == []


@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_what_is_asked_wrongly_is_said(
    client: FlaskClient, monitor: Monitor, headers: dict[str, str]
) -> None:
    other = make_monitor(make_target(name="there"), name="other")
    make_run(other, "alert", findings=[found()])
    (foreign,) = PastFinding.history(other.id, 1)

    address = f"/monitors/{monitor.id}/findings"
    answers = [
        client.get(f"{address}?{query}", headers=headers).status_code
        for query in ("severity=huge", "before=x", f"before={foreign.id}")
    ]

    assert answers[1] in (400, 422)
    assert answers[2] == 404
    assert answers[0] in (400, 422)
    assert client.get("/monitors/4711/findings", headers=headers).status_code == 404


def test_many_come_in_pages(client: FlaskClient, monitor: Monitor) -> None:
    make_run(monitor, "alert", findings=[found(fingerprint=f"{n:024x}") for n in range(26)])

    page = see(client, f"/monitors/{monitor.id}/findings")
    older = re.search(r'href="([^"]+)">Older', page)

    assert older
    assert page.count('<li id="finding-') == 25
    assert see(client, older[1].replace("&amp;", "&")).count('<li id="finding-') == 1
    empty = see(client, f"/monitors/{monitor.id}/findings?severity=warn")
    assert "No finding is like that." in words(empty)
