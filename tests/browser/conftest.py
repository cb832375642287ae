"""A Chromium, and the app that it looks at."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.serving import CHROMIUM, HTMX_FILE, answer_for_cdn, chromium, served
from tests.parts import require


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), f"Chromium is missing: {CHROMIUM}")
    require(HTMX_FILE.exists(), "htmx is missing: run .ci/fetch_htmx.sh")
    with chromium() as browser:
        yield browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained of; a test takes out what it expected."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """With JavaScript; any complaint that is left at the end fails the test."""
    yield from _page(browser, address, complaints, javascript=True)


@pytest.fixture
def plain_page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """Without JavaScript."""
    yield from _page(browser, address, complaints, javascript=False)


def _page(
    browser: Browser, address: str, complaints: list[str], *, javascript: bool
) -> Iterator[Page]:
    def note(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    with browser.new_context(base_url=address, java_script_enabled=javascript) as context:
        answer_for_cdn(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    assert complaints == []
