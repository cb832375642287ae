"""From an empty service to a watched Run, as a person does it."""

import re
from datetime import timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page, Request, expect

from tests.browser.console import Console
from tests.rows import GATHERED, finished_run, new_monitor
from webapp.clock import utc_now
from webapp.models import Claim, Monitor

FINDING = {
    "severity": "warn",
    "label": "DF",
    "line": 2,
    "quote": "/dev/sda1 91%",
    "explanation": "The disk fills up.",
    "verified": True,
}


def test_from_nothing_to_a_run_that_is_watched_to_its_end(page: Page, app: Flask) -> None:
    _make_target(page)
    _make_log_source(page)
    _make_monitor_with_two_inputs(page, in_place=True)
    page.get_by_role("button", name="Run now").click()
    page.locator(".stand-next").get_by_role("link", name="Run").click()
    marked = page.evaluate("window.marked = 'not reloaded'")

    panel = page.locator("#run-panel")
    stage = panel.locator("[aria-current=step]")
    expect(stage).to_have_text("queued")
    claim = _take_the_run()
    expect(stage).to_have_text("gathering")
    claim.record(stage="analyzing", inputs=[GATHERED], logs_text="[DF]\n/dev/sda1 91%")
    expect(stage).to_have_text("analyzing")
    expect(panel).to_contain_text("What was gathered")
    claim.record_verdict([], verdict="warn", summary="The disk is 91 % full.", findings=[FINDING])
    expect(stage).to_have_text("notifying")
    claim.finish(utc_now(), keep=200)
    expect(panel.locator(".verdict-sentence")).to_have_text("The disk is 91 % full.")
    expect(panel.locator("#L2")).to_have_class("log-line log-log log-cited log-cited-warn")

    assert page.evaluate("window.marked") == marked
    assert _requests_within(page, milliseconds=2500) == []


def test_the_first_steps_are_checked_off_as_they_are_done(page: Page, app: Flask) -> None:
    page.goto("/")
    steps = page.locator("#first-steps")
    expect(steps).to_contain_text("0 of 4 done")
    run_id = finished_run(new_monitor(), utc_now())

    page.reload()
    expect(steps.locator(".step-done")).to_have_text([re.compile("Add a Monitor")])
    page.get_by_role("link", name="Open it").click()
    expect(page).to_have_url(f"/runs/{run_id}")
    page.go_back()
    page.reload()
    expect(steps).to_contain_text("2 of 4 done")
    page.get_by_role("button", name="Dismiss").click()

    expect(steps).to_have_count(0)


def test_the_same_without_javascript(plain_page: Page, app: Flask) -> None:
    page = plain_page
    _make_target(page)
    _make_log_source(page)
    _make_monitor_with_two_inputs(page, in_place=False)

    page.get_by_role("button", name="Run now").click()
    expect(page.locator("[aria-current=step]")).to_have_text("queued")
    claim = _take_the_run()
    claim.record_verdict([], verdict="ok", summary="All quiet.")
    claim.finish(utc_now(), keep=200)
    page.reload()

    expect(page.locator(".verdict-sentence")).to_have_text("All quiet.")


def test_inputs_are_moved_and_removed_in_place_and_keep_what_was_typed(page: Page) -> None:
    _make_target(page)
    page.goto("/monitors/new")
    page.get_by_label("Name", exact=True).fill("typed before")
    _type_input(page, 0, "FIRST", "echo 1")
    page.get_by_role("button", name="Add Input").click()
    expect(page.get_by_label("Label").nth(1)).to_be_focused()
    _type_input(page, 1, "SECOND", "echo 2")

    page.get_by_role("button", name="Move up").click()
    expect(page.get_by_label("Label").first).to_have_value("SECOND")
    page.get_by_role("button", name="Remove").nth(1).click()
    expect(page.get_by_label("Label")).to_have_count(1)

    expect(page.get_by_label("Command")).to_have_value("echo 2")
    expect(page.get_by_label("Name", exact=True)).to_have_value("typed before")
    assert page.url.endswith("/monitors/new")
    assert Monitor.all() == []


def test_a_refused_button_says_why_and_what_was_typed_stays(page: Page, console: Console) -> None:
    page.goto("/monitors/new")
    _type_input(page, 0, "FIRST", "echo 1")
    page.context.clear_cookies()

    page.get_by_role("button", name="Add Input").click()

    expect(page.get_by_role("alert").first).to_contain_text(
        "Nothing was saved, and all that was typed is still here."
    )
    expect(page.get_by_label("Label")).to_have_value("FIRST")
    console.expects("400 (BAD REQUEST)")


def test_enter_in_a_field_saves_and_presses_no_other_button(page: Page) -> None:
    _make_target(page)
    page.goto("/monitors/new")
    page.get_by_label("Target").fill("here")
    page.get_by_label("What to look for").fill("Look.")
    _type_input(page, 0, "DF", "df -h")

    page.get_by_label("Name", exact=True).fill("by enter")
    page.get_by_label("Name", exact=True).press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("by enter")


def test_an_input_asks_only_for_what_its_mode_needs(page: Page) -> None:
    page.goto("/monitors/new")
    expect(page.get_by_label("Command", exact=True)).to_be_visible()
    expect(page.get_by_label("Path")).to_be_hidden()

    page.get_by_label("Mode", exact=True).select_option("File")

    expect(page.get_by_label("Path")).to_be_visible()
    expect(page.get_by_label("Command", exact=True)).to_be_hidden()


def test_a_log_source_is_tested_in_place(page: Page, tmp_path: Any) -> None:
    log = tmp_path / "app.log"
    log.write_text("first\n<b>second</b>\n")
    _make_target(page)
    _make_log_source(page, path=str(log))
    url = page.url

    page.get_by_role("button", name="Test").click()

    expect(page.locator("#reading code").nth(1)).to_have_text("<b>second</b>")
    assert page.url == url


def _make_target(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="New Target").click()
    page.get_by_label("Name", exact=True).fill("here")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("here")


def _make_log_source(page: Page, path: str = "/var/log/syslog") -> None:
    page.get_by_role("link", name="New LogSource").click()
    page.get_by_label("Name", exact=True).fill("syslog")
    page.get_by_text("File", exact=True).click()
    page.get_by_label("Path").fill(path)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("syslog")


def _make_monitor_with_two_inputs(page: Page, *, in_place: bool) -> None:
    page.get_by_role("link", name="New Monitor").click()
    form = page.url
    page.get_by_label("Name", exact=True).fill("disks")
    page.get_by_label("What to look for").fill("Look for full disks.")
    page.get_by_role("button", name="Add Input").click()
    _type_input(page, 0, "DF", "df -h")
    page.get_by_role("button", name="Add Input").click()
    _type_input(page, 1, "MOUNTS", "mount")
    assert (page.url == form) == in_place
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("disks")
    expect(page.locator(".input")).to_have_text(["DF command df -h", "MOUNTS command mount"])


def _type_input(page: Page, place: int, label: str, command: str) -> None:
    page.get_by_label("Label").nth(place).fill(label)
    page.get_by_label("Command", exact=True).nth(place).fill(command)


def _take_the_run() -> Claim:
    (monitor,) = Monitor.all()
    run = monitor.latest_run()
    assert run
    claim = Claim.take(run.id, utc_now(), timedelta(minutes=5))
    assert claim
    return claim


def _requests_within(page: Page, milliseconds: int) -> list[str]:
    """Addresses that the page asks for meanwhile; absence takes a time, there is no event."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.wait_for_timeout(milliseconds)
    return asked
