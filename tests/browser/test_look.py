"""What holds on every page, whoever looks at it and with what."""

import re
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser import axe, demo
from tests.browser.serving import answer_for_cdn
from tests.rows import GATHERED, new_claim, new_monitor
from webapp.clock import utc_now

DESK = ViewportSize(width=1280, height=860)
PHONE = ViewportSize(width=390, height=844)
# Colours are the same on both sizes, and places in both schemes.
LOOKS = pytest.mark.parametrize(
    ("scheme", "size"), [("light", DESK), ("dark", PHONE)], ids=["desk-light", "phone-dark"]
)


@pytest.fixture
def paths(app: Flask) -> list[str]:
    ids = demo.build(utc_now())
    monitor, run = f"/monitors/{ids['monitor']}", f"/runs/{ids['run']}"
    lists = ["/", "/monitors", "/targets", "/log-sources", "/health", "/settings", "/costs"]
    forms = [
        "/monitors/new",
        "/monitors/new?starter=nginx",
        "/targets/new",
        "/log-sources/new",
        f"{monitor}/edit",
    ]
    parts = [f"{monitor}/runs", f"{monitor}/delete", f"{run}/changes", f"{run}?q=orders"]
    at_work = new_monitor(utc_now(), name="At work", target_id=1)
    new_claim(at_work, utc_now()).record(stage="analyzing", inputs=[GATHERED])
    live_run = at_work.latest_run()
    assert live_run
    live = [f"/monitors/{at_work.id}", f"/runs/{live_run.id}", f"{run}/message"]
    rows = ["/targets/1", "/targets/1/delete", "/log-sources/1"]
    return [*lists, *rows, *forms, monitor, *parts, *live, run]


def test_no_page_is_wider_than_a_phone(browser: Browser, address: str, paths: list[str]) -> None:
    too_wide = []
    with browser.new_context(base_url=address, viewport=PHONE) as context:
        answer_for_cdn(context)
        page = context.new_page()
        for path in paths:
            page.goto(path)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                too_wide.append((path, width))

    assert too_wide == []


def test_every_page_obeys_its_own_content_security_policy(
    valkey: str, page: Page, paths: list[str]
) -> None:
    for path in paths:
        page.goto(path)

        assert page.evaluate("htmx.version") == "4.0.1"


def test_a_finding_leads_to_its_line(page: Page, paths: list[str]) -> None:
    page.goto(paths[-1])

    page.get_by_role("link", name="FULL_LOGS, line 19").click()

    expect(page.locator("#L19")).to_be_in_viewport()
    assert page.evaluate("document.querySelector(':target').id") == "L19"


def test_copied_log_text_has_no_line_numbers(page: Page, paths: list[str]) -> None:
    page.goto(paths[-1])

    copied = page.locator("#L3").inner_text()

    assert re.match(r"\s*20\d\d-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO", copied)


def test_the_keyboard_reaches_the_content_first(page: Page, paths: list[str]) -> None:
    page.goto(paths[0])

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")

    assert page.url.endswith("#content")


@LOOKS
def test_axe_finds_nothing_on_any_page(
    browser: Browser,
    address: str,
    paths: list[str],
    scheme: Literal["light", "dark"],
    size: ViewportSize,
) -> None:
    with browser.new_context(base_url=address, viewport=size, color_scheme=scheme) as context:
        answer_for_cdn(context)
        axe.bring(context)
        page = context.new_page()

        found = [f"{path}: {one}" for path in paths for one in _found_by_axe(page, path)]

    assert found == []


@pytest.mark.usefixtures("app")
@LOOKS
def test_axe_finds_nothing_where_nothing_is_yet_or_is_about_to_go(
    browser: Browser, address: str, scheme: Literal["light", "dark"], size: ViewportSize
) -> None:
    with browser.new_context(base_url=address, viewport=size, color_scheme=scheme) as context:
        answer_for_cdn(context)
        axe.bring(context)
        page = context.new_page()
        empty, missing = _found_by_axe(page, "/"), _found_by_axe(page, "/no-such-page")
        new_monitor()
        page.goto("/")
        page.get_by_label("Select Shop").check()
        with page.expect_navigation():  # and for its style sheets
            page.locator("#bulk").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Delete")

        asked = axe.findings(page)

    assert (empty, missing, asked) == ([], [], [])


def _found_by_axe(page: Page, path: str) -> list[str]:
    page.goto(path)
    return axe.findings(page)
