import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.pages.making import BROWSER, HTMX, make_monitor, make_target, see, words
from webapp.models import Target

CREATE = {"name": "x", "type": "local"}


@pytest.mark.parametrize(
    "data", [CREATE, CREATE | {"csrf_token": "forged"}], ids=["none", "forged"]
)
def test_a_form_without_its_token_changes_nothing(
    client: FlaskClient, data: dict[str, str]
) -> None:
    response = client.post("/targets", data=data, headers=BROWSER)

    assert response.status_code == 400
    assert "so nothing was changed. Go back, reload the page and send it again." in response.text
    assert Target.all() == []


def test_an_address_that_is_none_is_404_in_the_look_of_the_site(client: FlaskClient) -> None:
    response = client.get("/nowhere", headers=BROWSER)

    assert response.status_code == 404
    assert "There is nothing at this address; it may be mistyped" in response.text
    assert '<nav class="site-nav"' in response.text


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
    def broken() -> list[Target]:
        raise RuntimeError("password=hunter2")

    # No request can make a healthy service fail in a way that nobody foresaw.
    monkeypatch.setattr(Target, "all", broken)

    response = client.get("/targets", headers=BROWSER)

    assert response.status_code == 500
    assert "The service hit an error of its own; its log" in words(response.text)
    assert "hunter2" not in response.text


def test_htmx_gets_an_error_as_a_fragment(client: FlaskClient) -> None:
    response = client.get("/nowhere", headers=HTMX)

    assert response.status_code == 404
    assert response.text.startswith('<section id="problem"')


def test_every_page_has_a_title_and_one_heading(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())
    paths = ["/", "/targets", "/log-sources", "/monitors", "/monitors/new", "/targets/new"]
    paths += ["/log-sources/new", f"/monitors/{monitor.id}", f"/monitors/{monitor.id}/runs"]

    pages = [see(client, path) for path in paths]

    assert [page.count("<h1") for page in pages] == [1] * len(paths)
    assert all("<title> ·" not in page for page in pages)


def test_no_page_has_inline_script_or_style(client: FlaskClient) -> None:
    monitor = make_monitor(make_target())

    for path in ("/", "/monitors/new", f"/monitors/{monitor.id}", "/targets/new"):
        page = see(client, path)

        assert page.count("<script") == page.count('<script src="') == 1
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
