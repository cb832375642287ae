"""Makes the pictures of docs/images: `python -m tests.browser.screenshots`."""

import tempfile
from pathlib import Path
from typing import Literal

import flask_migrate
from playwright.sync_api import Browser, ViewportSize

from tests.browser import demo
from tests.browser.serving import answer_for_cdn, chromium, queue, served
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
IMAGES = Path("docs/images")
DESK = ViewportSize(width=1280, height=860)
TALL = ViewportSize(width=1280, height=1080)
PHONE = ViewportSize(width=390, height=844)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, queue(Path(folder)) as redis_url:
        settings = Settings(_env_file=None, data_dir=Path(folder), redis_url=redis_url)
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            ids = demo.build(utc_now())
        with served(app) as address, chromium() as browser:
            _take_all(browser, address, ids)


def _take_all(browser: Browser, address: str, ids: dict[str, int]) -> None:
    run, monitor = f"{address}/runs/{ids['run']}", f"{address}/monitors/{ids['monitor']}"
    for scheme in SCHEMES:
        _take(browser, f"{address}/", f"home-{scheme}", scheme)
        _take(browser, run, f"run-{scheme}", scheme, TALL)
    _take(browser, f"{monitor}/edit", "monitor-form", whole=True)
    _take(browser, f"{address}/", "home-phone", size=PHONE)


def _take(
    browser: Browser,
    url: str,
    name: str,
    scheme: Scheme = "light",
    size: ViewportSize = DESK,
    *,
    whole: bool = False,
) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        answer_for_cdn(context)
        page = context.new_page()
        page.goto(url)
        page.screenshot(path=IMAGES / f"{name}.png", full_page=whole)


if __name__ == "__main__":
    main()
