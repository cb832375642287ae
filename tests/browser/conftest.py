"""A Chromium, and the app that it looks at."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.console import Console
from tests.browser.serving import CHROMIUM, HTMX_FILE, answer_for_cdn, chromium, served
from tests.parts import require

PATIENCE_MS = 20_000
# A hand is slower than a page: what is pressed before htmx has come is a plain link or form, which
# tests without JavaScript press.
PRESSED_ONCE_LOADED = """
    const untouchable = new CSSStyleSheet();
    untouchable.replaceSync("* { pointer-events: none !important }");
    document.adoptedStyleSheets = [untouchable];
    addEventListener("load", () => (document.adoptedStyleSheets = []));
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), f"Chromium is missing: {CHROMIUM}")
    require(HTMX_FILE.exists(), "htmx is missing: run .ci/fetch_htmx.sh")
    # What a busy machine takes; whatever is not so by then is not slow but wrong.
    expect.set_options(timeout=PATIENCE_MS)
    with chromium() as browser:
        yield browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def console() -> Console:
    """Of the page; a test tells it what to expect."""
    return Console()


@pytest.fixture
def page(browser: Browser, address: str, console: Console) -> Iterator[Page]:
    """With JavaScript; any complaint that it does not expect fails the test."""
    yield from _page(browser, address, console, javascript=True)


@pytest.fixture
def plain_page(browser: Browser, address: str, console: Console) -> Iterator[Page]:
    """Without JavaScript."""
    yield from _page(browser, address, console, javascript=False)


def _page(browser: Browser, address: str, console: Console, *, javascript: bool) -> Iterator[Page]:
    def note(said: ConsoleMessage) -> None:
        if said.type == "error":
            console.note(said.text)

    with browser.new_context(base_url=address, java_script_enabled=javascript) as context:
        answer_for_cdn(context)
        if javascript:
            context.add_init_script(PRESSED_ONCE_LOADED)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", note)
        page.on("pageerror", lambda error: console.note(str(error)))
        yield page
    console.check()
