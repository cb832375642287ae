"""What the tab of a page that stays open says of Monitors that are bad."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.rows import finished_run, new_monitor
from tests.waiting import until
from webapp.clock import utc_now
from webapp.models import Heartbeat, Monitor, Run

CALM = "/static/favicon.svg"
# Longer than any page waits before it asks again.
LONGEST_POLL_MS = 10_000


@pytest.fixture
def monitors(valkey: str, app: Flask) -> list[Monitor]:
    """Two, the first with a Run that waits; all parts are at work."""
    now = utc_now()
    for kind in ("scheduler", "worker"):
        Heartbeat.beat(kind, "here:1", now)
    shop = new_monitor(now)
    bank = new_monitor(now, name="Bank", target_id=shop.target_id)
    Run.start(shop.id, "manual", now)
    return [shop, bank]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Overview"),
        ("/monitors/1", "Shop: new"),
        ("/runs/1", "Run 1 of Shop"),
        ("/health", "Health"),
    ],
)
def test_a_page_that_stays_open_tells_of_another_monitor(
    page: Page, monitors: list[Monitor], path: str, title: str
) -> None:
    page.clock.install()
    page.goto(path)
    icon = page.locator("head > link[rel=icon]")
    expect(page).to_have_title(f"{title} · AI Log Monitor")
    expect(icon).to_have_attribute("href", CALM)

    finished_run(monitors[1], utc_now(), verdict="alert")
    _poll_until_titled(page, f"(1) {title} · AI Log Monitor")

    expect(icon).to_have_count(1)
    expect(icon).to_have_attribute("href", "/api/favicon.svg?bad=1&worst=alert")
    monitors[1].mute(utc_now(), None)
    _poll_until_titled(page, f"{title} · AI Log Monitor")
    expect(icon).to_have_attribute("href", CALM)


def test_the_page_of_a_monitor_says_in_its_tab_what_became_of_it(
    page: Page, monitors: list[Monitor]
) -> None:
    bank = monitors[1]
    page.clock.install()
    page.goto(f"/monitors/{bank.id}")

    finished_run(bank, utc_now(), verdict="alert")
    _poll_until_titled(page, "(1) Bank: alert · AI Log Monitor")

    page.get_by_role("button", name="Pause").click()
    expect(page).to_have_title("Bank: paused · AI Log Monitor")
    expect(page.locator("head > link[rel=icon]")).to_have_attribute("href", CALM)


def _poll_until_titled(page: Page, title: str) -> None:
    """The overview looks at the database once a second at most, so one poll may bring nothing.

    Each is answered before the clock goes on, or by that clock the answer would be too late.
    """

    def has_come() -> bool:
        with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
            page.clock.fast_forward(LONGEST_POLL_MS)
        return page.title() == title

    until(has_come)
