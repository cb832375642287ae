"""What every page says to the browser, and that it needs no more than that itself."""

import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browser import demo
from tests.pages.making import BROWSER
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.htmx import URL

# What is neither a page nor a part of one.
OTHERS = ("/api", "/static/")
POLICY = (
    f"default-src 'none'; script-src 'self' {URL}; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Strictness(HTMLParser):
    """Keeps what a strict policy refuses: scripts and styles that stand in the page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag == "style" or (tag == "script" and not named.get("src")):
            self.refused.append(tag)
        self.refused += [name for name in named if name == "style" or re.match("on|hx-on", name)]
        self.refused += [
            name for name, value in named.items() if (value or "").startswith("javascript:")
        ]


def test_every_page_has_a_strict_policy_and_nothing_that_it_refuses(
    app: Flask, client: FlaskClient
) -> None:
    ids = demo.build(utc_now()) | {"target": 1, "log_source": 1}

    pages = {path: client.get(path, headers=BROWSER) for path in _page_paths(app, ids)}

    assert len(pages) >= 20
    assert {path for path, page in pages.items() if page.status_code >= 500} == {"/health"}
    assert {path: _refused(page.text) for path, page in pages.items() if _refused(page.text)} == {}
    assert {page.headers["Content-Security-Policy"] for page in pages.values()} == {POLICY}


def test_every_answer_keeps_other_sites_and_devices_away(client: FlaskClient) -> None:
    headers = client.get("/targets", headers=BROWSER).headers

    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"camera=()", "microphone=()"} <= set(headers["Permissions-Policy"].split(", "))


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("/static/htmx.min.js", "script-src 'self'"),
        (
            "https://mirror.example.com/js/htmx.min.js",
            "script-src 'self' https://mirror.example.com/js/htmx.min.js",
        ),
    ],
)
def test_the_policy_trusts_the_address_of_htmx_and_no_other(
    settings: Settings, address: str, trusted: str
) -> None:
    client = create_app(settings.model_copy(update={"htmx_url": address})).test_client()

    page = client.get("/none", headers=BROWSER)

    assert f'<script src="{address}" integrity="sha384-' in page.text
    assert page.headers["Content-Security-Policy"].split("; ")[1] == trusted


def _page_paths(app: Flask, ids: dict[str, int]) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages = [rule.rule for rule in rules if not rule.rule.startswith(OTHERS)]
    return [re.sub(r"<.*?(\w+?)(_id)?>", lambda at: str(ids.get(at[1], 1)), path) for path in pages]


def _refused(page: str) -> list[str]:
    strictness = Strictness()
    strictness.feed(page)
    return strictness.refused
