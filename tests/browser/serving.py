"""The app, served on this machine, and a Chromium to look at it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Route, sync_playwright
from werkzeug.serving import make_server

from tests.valkey import valkey_server
from webapp import htmx

CHROMIUM = Path("/usr/bin/chromium")
HTMX_FILE = Path(os.environ.get("HTMX_DIST", ".cache/htmx/htmx.min.js"))
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-lcd-text",
]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the app, served by threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def queue(folder: Path) -> Iterator[str]:
    """REDIS_URL of a real server that keeps its data in the folder."""
    socket = folder / "valkey.sock"
    with valkey_server(socket):
        yield f"unix://{socket}"


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


def answer_for_cdn(context: BrowserContext) -> None:
    """The CDN's part is played by the file from the npm package, which its hash must fit."""

    def fulfil(route: Route) -> None:
        route.fulfill(
            body=HTMX_FILE.read_bytes(),
            content_type="application/javascript",
            headers={"Access-Control-Allow-Origin": "*"},
        )

    context.route(htmx.URL, fulfil)
