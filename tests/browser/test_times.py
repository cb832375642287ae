"""Relative times tick in place, and tell the viewer's own zone to whoever looks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, Response, render_template_string
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import answer_for_cdn
from webapp.pages.filters import relative

THEN = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
# Each unit, around its limits.
AWAY = (0, 1, 2, 59, 60, 119, 3599, 3600, 7200, 172_799, 172_800, 900_000)
PAGE = """
{% extends "base.html" %}{% import "_macros.html" as ui with context %}
{% block title %}Times{% endblock %}
{% block content %}
<div id="times">{% for moment in moments %}<p>{{ ui.when(moment) }}</p>{% endfor %}</div>
<a id="run" href="/" title="2026-07-01 08:00:00 UTC: alert. A sentence.">a Run</a>
<svg width="20" height="20">
  <a href="/"><title>2026-07-01 08:00:00 UTC: ok</title><path d="M0 0h20v20h-20z"/></a>
</svg>
<input type="search" name="q" value="typed">
<input type="text" name="other">
{% endblock %}
"""


@pytest.fixture
def moments(app: Flask) -> list[datetime]:
    """Shown by /times, a page that was made at THEN."""
    moments = [THEN + timedelta(seconds=sign * away) for away in AWAY for sign in (1, -1)]

    def show() -> Response:
        return Response(render_template_string(PAGE, now=THEN, moments=moments))

    app.add_url_rule("/times", view_func=show)
    return moments


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """In Berlin, on a clock that is an hour wrong and goes on when a test says so."""
    with browser.new_context(base_url=address, timezone_id="Europe/Berlin") as context:
        answer_for_cdn(context)
        page = context.new_page()
        page.clock.install(time=THEN)
        page.clock.pause_at(THEN + timedelta(hours=1))
        yield page


def test_times_go_on_by_the_clock_of_the_server_as_it_would_tell_them(
    page: Page, moments: list[datetime]
) -> None:
    page.goto("/times")
    page.clock.run_for(40_000)

    shown = page.locator("#times time").all_inner_texts()

    later = [relative(moment, THEN + timedelta(seconds=40)) for moment in moments]
    assert shown == later
    assert later != [relative(moment, THEN) for moment in moments]


def test_what_is_selected_stays_selected_while_a_time_ticks(
    page: Page, moments: list[datetime]
) -> None:
    page.goto("/times")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#times'))")

    page.clock.run_for(5000)

    assert "5 s ago" in page.evaluate("getSelection().toString()")


def test_who_looks_is_told_the_time_of_his_own_zone(page: Page, moments: list[datetime]) -> None:
    page.goto("/times")
    time, run = page.locator("#times time").first, page.locator("#run")
    expect(time).to_have_attribute("title", "2026-07-01 08:00:00 UTC")

    time.hover()
    expect(time).to_have_attribute("title", "2026-07-01 10:00:00 Europe/Berlin")

    run.focus()
    expect(run).to_have_attribute("title", "2026-07-01 10:00:00 Europe/Berlin: alert. A sentence.")

    page.locator("#content svg a").hover()
    expect(page.locator("#content svg title")).to_have_text("2026-07-01 10:00:00 Europe/Berlin: ok")


def test_a_swap_under_the_pointer_does_not_bring_utc_back(
    page: Page, moments: list[datetime]
) -> None:
    page.goto("/times")
    time = page.locator("#times time").first
    time.hover()

    page.evaluate(
        "htmx.ajax('GET', '/times', {select: '#times', target: '#times', swap: 'outerMorph'})"
    )
    page.clock.run_for(1000)

    expect(time).to_have_attribute("title", "2026-07-01 10:00:00 Europe/Berlin")


def test_a_slash_leads_to_the_search_and_escape_leaves_it(
    page: Page, moments: list[datetime]
) -> None:
    page.goto("/times")
    search, other = page.locator("[name=q]"), page.locator("[name=other]")

    page.keyboard.press("/")
    expect(search).to_be_focused()
    page.keyboard.type("a/b")
    expect(search).to_have_value("a/b")
    page.keyboard.press("Escape")
    expect(search).not_to_be_focused()
    expect(search).to_have_value("a/b")

    other.focus()
    page.keyboard.type("/")
    expect(other).to_have_value("/")
