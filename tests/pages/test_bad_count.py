import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.pages.making import BROWSER, make_monitor, make_run, see
from webapp.extensions import db, writing
from webapp.models import Target


def test_every_title_begins_with_how_many_monitors_are_bad(
    client: FlaskClient, target: Target
) -> None:
    for name, verdict in (("disks", "warn"), ("shop", "error"), ("mail", "ok")):
        make_run(make_monitor(target, name=name), verdict)

    assert _title(see(client, "/targets")) == "(2) Targets · AI Log Monitor"
    assert _icon(see(client, "/targets")) == "/api/favicon.svg?bad=2&amp;worst=error"


def test_where_none_is_bad_title_and_icon_say_nothing(client: FlaskClient, target: Target) -> None:
    make_run(make_monitor(target), "ok")

    assert _title(see(client, "/targets")) == "Targets · AI Log Monitor"
    assert _icon(see(client, "/targets")) == "/static/favicon.svg"


def test_a_name_in_the_title_is_text(client: FlaskClient, target: Target) -> None:
    make_monitor(target, name="</title><script>alert(1)</script>")

    page = see(client, "/monitors/1")

    assert "<script>alert" not in page
    assert _title(page).startswith("&lt;/title&gt;&lt;script&gt;alert(1)")


def test_an_error_page_does_not_count(app: Flask, client: FlaskClient) -> None:
    with writing():
        db.session.execute(text("ALTER TABLE standings RENAME TO lost"))

    page = client.get("/targets", headers=BROWSER)

    assert page.status_code == 503
    assert _title(page.text) == "Not available just now · AI Log Monitor"


def _title(page: str) -> str:
    (title,) = re.findall(r"<title>(.*?)</title>", page, re.S)
    return str(title)


def _icon(page: str) -> str:
    (address,) = re.findall(r'<link id="favicon" [^>]*href="([^"]*)"', page)
    return str(address)
