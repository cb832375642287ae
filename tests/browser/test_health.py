"""The page of health, left open."""

import pytest
from playwright.sync_api import Page, expect

from webapp.clock import utc_now
from webapp.models import Heartbeat


@pytest.mark.usefixtures("valkey", "app")
def test_a_part_that_fails_is_told_on_the_open_page(page: Page) -> None:
    for kind in ("scheduler", "worker"):
        Heartbeat.beat(kind, "here:1", utc_now())
    page.clock.install()
    page.goto("/health")
    expect(page.locator(".health-sum")).to_have_text("All 5 parts are well.")
    marked = page.evaluate("window.marked = 'not reloaded'")

    Heartbeat.stop("scheduler", "here:1")
    page.clock.fast_forward(10_000)

    expect(page.locator(".health-sum")).to_have_text("1 of 5 parts fail: scheduler.")
    expect(page.locator("#part-scheduler")).to_contain_text("Start one; its log says why")
    assert page.evaluate("window.marked") == marked
