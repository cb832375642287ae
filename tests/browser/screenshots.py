"""Makes the pictures of docs/images: `python -m tests.browser.screenshots`."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import flask_migrate
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pydantic import SecretStr

from tests.browser import demo
from tests.browser.serving import answer_for_cdn, chromium, queue, served
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.demo.history import MOST_RUNS
from webapp.pages.first_steps import DISMISSED

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
IMAGES = Path("docs/images")
DESK = ViewportSize(width=1280, height=860)
TALL = ViewportSize(width=1280, height=1080)
PHONE = ViewportSize(width=390, height=844)
# As most screens have it now; a picture of one by one looks blurred there.
SHARPNESS = 1


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, queue(Path(folder)) as redis_url:
        app = create_app(_settings(Path(folder), redis_url))
        with app.app_context():
            flask_migrate.upgrade()
            ids = demo.build(utc_now(), MOST_RUNS)
        with served(app) as address, chromium() as browser:
            _take_all(browser, address, ids)


def _settings(folder: Path, redis_url: str) -> Settings:
    """With a model, so that a preview tells its price; nothing that is pictured asks it."""
    return Settings(
        _env_file=None,
        data_dir=folder,
        redis_url=redis_url,
        llm_model="openai:gpt-5-mini",
        openai_api_key=SecretStr("made-up"),
    )


def _take_all(browser: Browser, address: str, ids: dict[str, int]) -> None:
    run, monitor = f"{address}/runs/{ids['run']}", f"{address}/monitors/{ids['monitor']}"
    for scheme in SCHEMES:
        _take(browser, f"{address}/", f"home-{scheme}", scheme)
        _take(browser, run, f"run-{scheme}", scheme, TALL)
    _take(browser, monitor, "monitor-light", size=TALL)
    _take(browser, f"{monitor}/edit", "monitor-form", size=TALL, before=_preview)
    _take(browser, f"{address}/settings", "settings")
    _take(browser, f"{address}/", "home-phone", size=PHONE)


def _take(
    browser: Browser,
    url: str,
    name: str,
    scheme: Scheme = "light",
    size: ViewportSize = DESK,
    *,
    before: Callable[[Page], None] = lambda page: None,
) -> None:
    with browser.new_context(
        viewport=size, color_scheme=scheme, timezone_id="UTC", device_scale_factor=SHARPNESS
    ) as context:
        answer_for_cdn(context)
        context.add_cookies([{"name": DISMISSED, "value": "1", "url": url}])
        page = context.new_page()
        page.goto(url)
        before(page)
        page.screenshot(path=IMAGES / f"{name}.png")


def _preview(page: Page) -> None:
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Tokens per Run")
    page.mouse.move(0, 0)  # or a line of the log would be under it
    page.locator(".form-bar").evaluate("bar => bar.scrollIntoView()")


if __name__ == "__main__":
    main()
