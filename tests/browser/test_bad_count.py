"""What the tab of a page says of Monitors that are bad, and that a poll keeps it right."""

from flask import Flask, render_template_string
from playwright.sync_api import Page, expect

from tests.rows import finished_run, new_monitor
from webapp.clock import utc_now

# As a page's fragment that is polled includes it.
FRAGMENT = """
{% with title = "Targets" %}{% include "_bad-count.html" %}{% endwith %}
<main id="content" class="content">polled</main>
"""


def test_a_poll_brings_title_and_icon_up_to_date(app: Flask, page: Page) -> None:
    app.add_url_rule("/fragment", view_func=lambda: render_template_string(FRAGMENT))
    page.goto("/targets")
    icon = page.locator("head > link[rel=icon]")
    expect(icon).to_have_attribute("href", "/static/favicon.svg")
    monitor = new_monitor()
    finished_run(monitor, utc_now(), verdict="alert")

    _poll(page)

    expect(page).to_have_title("(1) Targets · AI Log Monitor")
    expect(icon).to_have_count(1)
    expect(icon).to_have_attribute("href", "/api/favicon.svg?bad=1&worst=alert")
    monitor.mute(utc_now(), None)
    _poll(page)
    expect(page).to_have_title("Targets · AI Log Monitor")
    expect(icon).to_have_attribute("href", "/static/favicon.svg")


def _poll(page: Page) -> None:
    page.evaluate("htmx.ajax('GET', '/fragment', {target: '#content', swap: 'outerMorph'})")
    expect(page.locator("#content")).to_have_text("polled")
