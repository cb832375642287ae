import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.pages.making import (
    BROWSER,
    HTMX,
    make_log_source,
    make_monitor,
    make_run,
    make_target,
    see,
    words,
)
from webapp.models import Target

CREATE = {"name": "x", "type": "local"}
# The title and the headings of every page.
TITLES = {
    "/": ("Overview", ["Overview"]),
    "/targets": ("Targets", ["Targets"]),
    "/targets/new": ("New Target", ["New Target"]),
    "/targets/1": ("here", ["here"]),
    "/targets/1/edit": ("Edit here", ["Edit Target"]),
    "/targets/1/delete": ("Delete here", ["Delete “here”?"]),
    "/log-sources": ("LogSources", ["LogSources"]),
    "/log-sources/new": ("New LogSource", ["New LogSource"]),
    "/log-sources/1": ("syslog", ["syslog"]),
    "/log-sources/1/edit": ("Edit syslog", ["Edit LogSource"]),
    "/log-sources/1/delete": ("Delete syslog", ["Delete “syslog”?"]),
    "/monitors/new": ("New Monitor", ["New Monitor"]),
    "/monitors/1": ("disks: ok", ["disks ok"]),
    "/monitors/1/edit": ("Edit disks", ["Edit Monitor"]),
    "/monitors/1/delete": ("Delete disks", ["Delete “disks”?"]),
    "/monitors/1/runs": ("Runs of disks", ["Runs of disks"]),
    "/runs/1": ("Run 1 of disks", ["Run 1 ok"]),
}
EMPTY = {
    "/": "Nothing is watched yet 0 of 4 done Say in plain language",
    "/targets": "No Target yet Begin with this machine",
    "/log-sources": "No LogSource yet A LogSource gives a container or a file a name",
}


@pytest.mark.parametrize(
    "data", [CREATE, CREATE | {"csrf_token": "forged"}], ids=["none", "forged"]
)
def test_a_form_without_its_token_changes_nothing(
    client: FlaskClient, data: dict[str, str]
) -> None:
    target = make_target()

    response = client.post(f"/targets/{target.id}/delete", data=data, headers=BROWSER)

    assert response.status_code == 400
    assert "so nothing was changed. Go back, reload the page and send it again." in response.text
    assert Target.all() == [target]


def test_an_address_that_is_none_is_404_in_the_look_of_the_site(client: FlaskClient) -> None:
    response = client.get("/nowhere", headers=BROWSER)

    assert response.status_code == 404
    assert "There is nothing at this address; it may be mistyped" in response.text
    assert '<nav class="site-nav"' in response.text


@BOTH_DATABASES
@pytest.mark.parametrize("char", ["\0", "\x1b", "\x7f"])
def test_a_search_with_a_control_character_is_refused(client: FlaskClient, char: str) -> None:
    make_run(make_monitor(make_target()), "ok", logs_text="disks ok")
    paths = ("/", "/overview", "/targets", "/log-sources", "/runs/1", "/runs/1/log-view")
    searched = [
        client.get(path, query_string={"q": f"o{char}k"}, headers=BROWSER) for path in paths
    ]
    tagged = client.get("/", query_string={"tag": f"o{char}k"}, headers=BROWSER)

    assert [one.status_code for one in (*searched, tagged)] == [400] * 7
    assert all(f"control character U+{ord(char):04X}." in one.text for one in (*searched, tagged))
    assert "“tag”" in words(tagged.text)


@BOTH_DATABASES
def test_a_tag_with_a_control_character_is_found_nowhere(client: FlaskClient) -> None:
    for path in ("status", "badge.svg", "feed.atom"):
        assert client.get(f"/api/tags/%00/{path}").status_code == 404
        assert client.get(f"/api/tags/o%00k/{path}").status_code == 404


def test_a_method_that_an_address_does_not_take_is_405(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())

    response = client.get(f"/monitors/{monitor.id}/run-once", headers=BROWSER)

    assert response.status_code == 405
    assert response.allow.as_set() == {"options", "post"}
    assert "This address does not take that method; the Allow header names" in response.text
    assert monitor.latest_run() is None


def test_a_body_that_is_too_large_is_413(client: FlaskClient) -> None:
    response = client.post("/targets", data={"name": "x" * 1_100_000}, headers=BROWSER)

    assert response.status_code == 413
    assert "larger than this service takes: 1 MB." in response.text


def test_a_page_of_another_site_is_refused_with_403(client: FlaskClient) -> None:
    headers = BROWSER | {"Sec-Fetch-Site": "cross-site"}

    response = client.post("/targets", data=CREATE, headers=headers)

    assert response.status_code == 403
    assert "This request came from a page of another site, and changed nothing." in response.text


def test_an_error_of_our_own_is_500_and_tells_no_secrets(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str, limit: int) -> list[Target]:
        raise RuntimeError("password=hunter2")

    # No request can make a healthy service fail in a way that nobody foresaw.
    monkeypatch.setattr(Target, "found", broken)

    response = client.get("/targets", headers=BROWSER)

    assert response.status_code == 500
    assert "The service hit an error of its own; its log" in words(response.text)
    assert "hunter2" not in response.text


def test_htmx_gets_an_error_as_a_fragment(client: FlaskClient) -> None:
    response = client.get("/nowhere", headers=HTMX)

    assert response.status_code == 404
    assert response.text.startswith('<section id="problem"')


def test_every_page_has_a_title_and_one_heading(client: FlaskClient) -> None:
    target = make_target()
    make_log_source(target)
    make_run(make_monitor(target), "ok", summary="Fine.")

    pages = {path: see(client, path) for path in TITLES}

    assert {path: _titles(page) for path, page in pages.items()} == TITLES


def test_an_empty_list_says_what_there_could_be(client: FlaskClient) -> None:
    pages = {path: words(see(client, path)) for path in EMPTY}

    assert [path for path, page in pages.items() if EMPTY[path] not in page] == []


def test_no_page_has_inline_script_or_style(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())

    for path in ("/", "/monitors/new", f"/monitors/{monitor.id}", "/targets/new"):
        page = see(client, path)

        assert page.count("<script") == page.count('<script src="')
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


def _titles(page: str) -> tuple[str, list[str]]:
    (title,) = re.findall("<title>(.*) · AI Log Monitor</title>", page)
    return title, [words(heading) for heading in re.findall("<h1>(.*?)</h1>", page, re.DOTALL)]
