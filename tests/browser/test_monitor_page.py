"""A Monitor's page that stays open: acted on, watched, filtered, by mouse and by keyboard."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser import demo
from tests.browser.console import Console
from tests.browser.keyboard import tab_to
from tests.pages.making import make_monitor, make_run, make_target
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Claim, Monitor
from webapp.models.lookup import look_anew


@pytest.fixture
def monitor(app: Flask) -> Monitor:
    monitor = make_monitor(make_target())
    for _ in range(12):
        make_run(monitor, "ok", summary="Fine.")
    make_run(monitor, "warn", summary="The disk is 91 % full.")
    return monitor


def take_its_run(monitor: Monitor) -> Claim:
    look_anew()
    run = monitor.latest_run()
    assert run
    claim = Claim.take(run.id, utc_now(), timedelta(minutes=5))
    assert claim
    return claim


def is_muted(monitor: Monitor) -> bool:
    look_anew()
    db.session.refresh(monitor)
    return monitor.muted


def test_a_run_is_begun_and_watched_to_its_end_in_place(page: Page, monitor: Monitor) -> None:
    page.goto(f"/monitors/{monitor.id}")
    marked = page.evaluate("window.marked = 'not reloaded'")
    under_way = page.locator(".stand-next")
    newest = page.locator("#run-list tbody tr").first

    page.get_by_role("button", name="Run now").click()
    expect(under_way).to_contain_text("waits for a worker")
    expect(newest).to_contain_text("Waiting for a worker.")
    claim = take_its_run(monitor)
    expect(under_way).to_contain_text("is gathering")
    claim.record(stage="analyzing", inputs=[], logs_text="[DF]\n/dev/sda1 100%")
    expect(under_way).to_contain_text("is analyzing")
    claim.record_verdict([], verdict="alert", summary="The disk is full.")
    expect(under_way).to_contain_text("is notifying")
    claim.finish(utc_now(), keep=200)

    expect(page.locator(".stand-sentence")).to_have_text("The disk is full.")
    expect(page.locator("#now h1 .status")).to_have_text("alert")
    expect(under_way).to_contain_text("Next Run")
    expect(newest).to_contain_text("The disk is full.")
    expect(page.locator(".chart-status .chart-words")).to_have_text("12 ok, 1 warn, 1 alert")
    expect(page.get_by_role("button", name="Run now")).to_be_focused()
    assert page.url.endswith(f"/monitors/{monitor.id}")
    assert page.evaluate("window.marked") == marked


def test_run_now_says_that_one_is_under_way_already(page: Page, monitor: Monitor) -> None:
    run = make_run(monitor)
    page.goto(f"/monitors/{monitor.id}")

    page.get_by_role("button", name="Run now").click()

    under_way = page.locator(".stand-next")
    expect(under_way).to_contain_text("It was under way already, so no second one was begun.")
    under_way.get_by_role("link", name=f"Run {run.id}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Run {run.id}")


def test_without_javascript_it_is_said_on_the_page_of_that_run(
    plain_page: Page, monitor: Monitor
) -> None:
    run = make_run(monitor)
    plain_page.goto(f"/monitors/{monitor.id}")

    plain_page.get_by_role("button", name="Run now").click()

    said = f"Run {run.id} was under way already, so no second one was begun."
    expect(plain_page.locator(".notice")).to_have_text(said)


def test_without_javascript_run_now_leads_to_the_run(plain_page: Page, monitor: Monitor) -> None:
    plain_page.goto(f"/monitors/{monitor.id}")

    plain_page.get_by_role("button", name="Run now").click()

    expect(plain_page.get_by_role("heading", level=1)).to_contain_text("queued")


def test_it_is_muted_for_an_hour_and_unmuted_in_place(page: Page, monitor: Monitor) -> None:
    page.goto(f"/monitors/{monitor.id}")
    marked = page.evaluate("window.marked = 'not reloaded'")

    page.locator(".menu summary").click()
    page.get_by_role("button", name="1 hour").click()
    expect(page.locator(".stand-muted")).to_contain_text("muted: it tells nobody, which ends in")
    muted = is_muted(monitor)
    page.get_by_role("button", name="Unmute").click()
    expect(page.locator(".stand-muted")).to_have_count(0)

    assert (muted, is_muted(monitor)) == (True, False)
    assert page.evaluate("window.marked") == marked


def test_a_mute_that_ends_by_itself_is_seen_to_end(page: Page, monitor: Monitor) -> None:
    monitor.mute(utc_now(), utc_now() + timedelta(seconds=8))

    page.goto(f"/monitors/{monitor.id}")

    expect(page.locator(".stand-muted")).to_contain_text("muted: it tells nobody, which ends in")
    expect(page.locator(".stand-muted")).to_have_count(0)
    expect(page.get_by_role("button", name="Unmute")).to_have_count(0)


def test_a_copy_is_made_of_it_under_another_name(page: Page, monitor: Monitor) -> None:
    page.goto(f"/monitors/{monitor.id}")

    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_label("Name", exact=True)).not_to_have_value(monitor.name)
    page.get_by_label("Name", exact=True).fill("its copy")
    page.get_by_role("button", name="Save").last.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("its copy")
    look_anew()
    first, copy = Monitor.all()
    assert (copy.prompt, copy.inputs, copy.target) == (first.prompt, first.inputs, first.target)
    assert (first.name, copy.latest_run()) == (monitor.name, None)


def test_it_is_muted_and_unmuted_without_javascript(plain_page: Page, monitor: Monitor) -> None:
    plain_page.goto(f"/monitors/{monitor.id}")

    plain_page.locator(".menu summary").click()
    plain_page.get_by_role("button", name="until unmuted").click()
    expect(plain_page.locator(".stand-muted")).to_contain_text("until it is unmuted")
    muted = is_muted(monitor)
    plain_page.get_by_role("button", name="Unmute").click()
    expect(plain_page.locator(".stand-muted")).to_have_count(0)

    assert (muted, is_muted(monitor)) == (True, False)


def test_news_leave_alone_what_is_open_selected_focused_and_scrolled_to(
    page: Page, monitor: Monitor
) -> None:
    page.goto(f"/monitors/{monitor.id}")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="4 hours").focus()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.prompt'))")
    page.evaluate("scrollTo(0, 300)")

    make_run(monitor, "alert", summary="The disk is full.")
    expect(page.locator(".stand-sentence")).to_have_text("The disk is full.")
    expect(page.locator(".chart-status .chart-words")).to_have_text("12 ok, 1 warn, 1 alert")

    expect(page.get_by_role("button", name="4 hours")).to_be_focused()
    expect(page.locator(".menu")).to_have_attribute("open", "")
    assert page.evaluate("getSelection().toString()") == "Look for full disks."
    assert page.evaluate("scrollY") == 300


def test_an_unchanged_monitor_is_asked_for_and_nothing_is_drawn(
    page: Page, monitor: Monitor
) -> None:
    page.goto(f"/monitors/{monitor.id}")

    with page.expect_response(lambda response: "/now?seen=" in response.url) as asked:
        pass

    assert asked.value.status == 204


def test_runs_are_filtered_and_paged_back_in_place_and_by_the_back_button(
    page: Page, monitor: Monitor
) -> None:
    page.goto(f"/monitors/{monitor.id}")
    runs = page.locator("#run-list tbody tr")
    filters = page.get_by_role("navigation", name="Filter by status")

    filters.get_by_role("link", name="ok").click()
    expect(page).to_have_url(f"/monitors/{monitor.id}?status=ok")
    expect(runs).to_have_count(10)
    expect(filters.get_by_role("link", name="ok")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Older").click()
    expect(runs).to_have_count(2)
    page.go_back()
    expect(runs).to_have_count(10)
    page.go_back()

    expect(page).to_have_url(f"/monitors/{monitor.id}")
    expect(runs.first).to_contain_text("The disk is 91 % full.")


def test_runs_are_filtered_and_paged_without_javascript(plain_page: Page, monitor: Monitor) -> None:
    page = plain_page
    page.goto(f"/monitors/{monitor.id}")
    filters = page.get_by_role("navigation", name="Filter by status")

    filters.get_by_role("link", name="ok").click()
    page.get_by_role("link", name="Older").click()
    expect(page.locator("#run-list tbody tr")).to_have_count(2)
    filters.get_by_role("link", name="warn").click()

    expect(page.locator("#run-list tbody tr")).to_contain_text(["The disk is 91 % full."])


def test_all_of_it_is_reached_by_keyboard(page: Page, monitor: Monitor) -> None:
    page.goto(f"/monitors/{monitor.id}")
    tab_to(page.locator(".menu summary"))

    page.keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="1 hour"))
    page.keyboard.press("Enter")
    expect(page.locator(".stand-muted")).to_be_visible()
    tab_to(page.get_by_role("link", name="last week"))
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"/monitors/{monitor.id}?span=week")
    expect(page.get_by_role("link", name="last week")).to_be_focused()


def test_it_is_deleted_after_a_question(page: Page, monitor: Monitor) -> None:
    page.goto(f"/monitors/{monitor.id}")

    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete “disks”?")
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_role("status").first).to_contain_text("Monitor “disks” is deleted")
    look_anew()
    assert Monitor.all() == []


def test_a_chart_leads_to_its_run(page: Page, monitor: Monitor) -> None:
    run = monitor.latest_run()
    assert run
    page.goto(f"/monitors/{monitor.id}")

    page.locator(".chart-status .chart-run").last.click()

    expect(page).to_have_url(f"/runs/{run.id}")


def test_a_verb_that_fails_says_so_and_leaves_the_page(
    page: Page, app: Flask, monitor: Monitor, console: Console
) -> None:
    page.goto(f"/monitors/{monitor.id}")
    monitor.delete()

    page.get_by_role("button", name="Pause").click()

    expect(page.get_by_role("alert")).to_contain_text("There is no Monitor")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    console.expects("404")


def test_a_finding_leads_to_its_line_in_the_run(page: Page, app: Flask) -> None:
    ids = demo.build(utc_now())
    page.goto(f"/monitors/{ids['monitor']}")

    page.get_by_role("link", name="FULL_LOGS, line 19").click()

    expect(page).to_have_url(f"/runs/{ids['run']}?line=19#L19")
    expect(page.locator("#L19")).to_be_in_viewport()
