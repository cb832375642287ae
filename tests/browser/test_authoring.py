"""A Monitor is written in the browser: from a starter or nothing, previewed, tried, saved."""

from pathlib import Path
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser import axe
from tests.browser.console import Console
from tests.browser.keyboard import tab_to
from tests.pages.making import make_log_source, make_target
from webapp.models import Monitor, Target
from webapp.models.lookup import look_anew

UNPROCESSABLE = "422 (UNPROCESSABLE ENTITY)"


@pytest.fixture(autouse=True)
def target(app: Flask) -> Target:
    """This machine, which stands in the form already."""
    return make_target()


def test_a_preview_comes_in_place_and_what_it_showed_is_saved(page: Page) -> None:
    _type_monitor(page, command="echo ERROR disk full")
    page.evaluate("window.marked = 'not reloaded'")

    page.get_by_role("button", name="Preview").click()

    preview = page.locator("#preview")
    expect(page.locator("#preview-title")).to_be_focused()
    expect(preview).to_contain_text("nothing was saved")
    expect(preview.locator(".log code")).to_have_text(["[APP]", "ERROR disk full"])
    expect(page.get_by_label("Name", exact=True)).to_have_value("shop")
    assert page.evaluate("window.marked") == "not reloaded"
    assert _monitors() == []
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shop")
    monitor = _saved()
    assert monitor.inputs[0]["command"] == "echo ERROR disk full"


def test_a_try_shows_a_verdict_that_is_not_kept(page: Page) -> None:
    _type_monitor(page, command="echo ERROR disk full")

    page.get_by_role("button", name="Try").click()

    expect(page.locator("#preview-title")).to_have_text("Try alert not kept")
    page.get_by_role("link", name="APP, line 2").click()
    expect(page.locator("#L2")).to_be_in_viewport()
    assert _monitors() == []


def test_a_refused_preview_loses_nothing_and_leads_to_the_first_bad_field(
    page: Page, console: Console
) -> None:
    _type_monitor(page, command="echo one")
    page.get_by_label("E-mail to").fill("nobody")
    page.get_by_label("Name", exact=True).fill("")

    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.locator(".complaints a")).to_have_text(["Name", "E-mail to"])
    expect(page.get_by_label("What to look for")).to_have_value("Look for errors.")
    expect(page.get_by_label("E-mail to")).to_have_value("nobody")
    console.expects(UNPROCESSABLE)
    page.get_by_role("link", name="E-mail to").click()
    expect(page.get_by_label("E-mail to")).to_be_focused()
    page.get_by_label("E-mail to").fill("ops@example.com")
    page.get_by_label("Name", exact=True).fill("mended")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview-title")).to_be_focused()
    expect(page.locator(".field-error")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value("mended")


def test_a_preview_without_cookies_loses_nothing_and_can_be_asked_for_again(
    page: Page, console: Console
) -> None:
    _type_monitor(page, command="echo one")
    page.context.clear_cookies()

    page.get_by_role("button", name="Preview").click()

    refusal = page.locator("#authoring > [role=alert]")
    expect(refusal).to_contain_text("all that was typed is still here")
    expect(refusal).to_be_focused()
    expect(page.get_by_label("What to look for")).to_have_value("Look for errors.")
    console.expects("400 (BAD REQUEST)")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview-title")).to_be_focused()
    expect(refusal).to_have_count(0)
    page.context.clear_cookies()
    page.get_by_role("button", name="Add Input").click()
    expect(refusal).to_contain_text("It has a new one now")
    console.expects("400 (BAD REQUEST)")
    page.get_by_role("button", name="Add Input").click()
    expect(page.locator(".input-form")).to_have_count(2)


def test_what_is_typed_while_a_preview_runs_stays(page: Page, tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    _type_monitor(page, command=f"touch {begun}; while [ ! -e {go} ]; do sleep 0.05; done; echo x")

    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("button", name="Preview")).to_be_disabled()
    page.get_by_label("Name", exact=True).fill("typed meanwhile")
    go.touch()

    expect(page.locator("#preview")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("typed meanwhile")
    expect(page.get_by_role("button", name="Preview")).to_be_enabled()


def test_a_monitor_is_written_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/monitors/new")
    tab_to(page.get_by_role("link", name="A trading bot"))

    keys = page.keyboard
    for text in ("by keyboard", "Look for errors.", None, None, "prod"):
        keys.press("Tab")
        keys.type(text or "")
    for _ in range(2):  # past Remove
        keys.press("Tab")
    keys.type("APP")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("echo all is well")
    tab_to(page.get_by_role("button", name="Preview"))
    keys.press("Enter")
    expect(page.locator("#preview-title")).to_be_focused()
    tab_to(page.get_by_role("button", name="Save").last)
    keys.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("by keyboard")
    monitor = _saved()
    assert (monitor.tags, monitor.inputs[0]["label"]) == (["prod"], "APP")


def test_the_same_without_javascript(plain_page: Page, console: Console) -> None:
    page = plain_page
    page.goto("/monitors/new")
    page.get_by_role("link", name="A log file").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("A log file")
    page.get_by_label("Mode", exact=True).select_option("Command")
    page.get_by_label("Command", exact=True).fill("echo ERROR disk full")
    page.get_by_role("button", name="Add Input").click()
    expect(page.get_by_label("Label").nth(1)).to_be_focused()
    page.get_by_label("Label").nth(1).fill("SECOND")
    page.get_by_label("Command", exact=True).nth(1).fill("echo two")
    page.get_by_role("button", name="Move up").click()
    expect(page.get_by_label("Label").first).to_have_value("SECOND")

    page.get_by_label("Seconds between Runs").fill("1")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_label("Seconds between Runs")).to_be_focused()
    console.expects(UNPROCESSABLE)
    page.get_by_label("Seconds between Runs").fill("60")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview .log code").nth(1)).to_have_text("two")
    expect(page.locator("#preview-title")).to_be_in_viewport()
    page.get_by_role("button", name="Try").click()
    expect(page.locator("#preview-title")).to_have_text("Try alert not kept")
    page.get_by_role("button", name="Save").last.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("A log file")
    monitor = _saved()
    assert [item["label"] for item in monitor.inputs] == ["SECOND", "LOG_FILE"]
    assert monitor.interval_seconds == 60


def test_the_focus_stays_with_the_input_that_is_moved_and_near_one_that_is_removed(
    page: Page,
) -> None:
    _type_monitor(page, command="echo one")
    page.get_by_role("button", name="Add Input").click()
    page.get_by_label("Label").nth(1).fill("SECOND")
    page.get_by_role("button", name="Add Input").click()
    page.get_by_label("Label").nth(2).fill("THIRD")

    page.get_by_role("button", name="Move up").last.press("Enter")
    expect(_inputs(page).nth(1).get_by_role("button", name="Move up")).to_be_focused()
    page.keyboard.press("Enter")
    expect(_inputs(page).nth(0).get_by_role("button", name="Move down")).to_be_focused()
    expect(page.get_by_label("Label").first).to_have_value("THIRD")
    _inputs(page).nth(0).get_by_role("button", name="Remove").press("Enter")
    expect(page.get_by_label("Label")).to_have_count(2)
    expect(page.get_by_label("Label").first).to_be_focused()
    for left in (1, 0):
        page.get_by_role("button", name="Remove").first.press("Enter")
        expect(page.get_by_label("Label")).to_have_count(left)

    expect(page.get_by_role("button", name="Add Input")).to_be_focused()


@pytest.mark.parametrize("button", ["Preview", "Save"])
def test_what_is_wrong_in_a_folded_part_is_unfolded(
    page: Page, console: Console, button: str
) -> None:
    _type_monitor(page, command="echo one")
    more, silent = page.locator(".input-more"), page.get_by_label("Silent for at most")
    more.locator("summary").click()
    silent.fill("3")
    more.locator("summary").click()

    page.get_by_role("button", name=button).last.click()

    expect(silent).to_be_focused()
    expect(page.locator(".field-error")).to_have_text("This must be 10 or more.")
    console.expects(UNPROCESSABLE)
    silent.fill("600")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview-title")).to_be_focused()
    expect(page.locator(".field-error")).to_have_count(0)
    expect(silent).to_have_value("600")


def test_recent_files_are_offered_where_a_path_is_asked_for(
    page: Page, target: Target, tmp_path: Path
) -> None:
    (tmp_path / "shop.log").write_text("one\n")
    make_log_source(target, config={"path": str(tmp_path / "other.log")})
    page.goto("/monitors/new")
    page.get_by_label("Mode", exact=True).select_option("File")

    page.get_by_label("Path").focus()

    offered = page.locator(f'#files-offered option[value="{tmp_path}/shop.log"]')
    expect(offered).to_have_count(1)
    assert page.get_by_label("Path").get_attribute("list") == "files-offered"
    expect(page.get_by_label("Path")).to_be_focused()


def test_why_no_container_is_offered_is_said_at_the_field(page: Page, tmp_path: Path) -> None:
    socket = f"unix://{tmp_path}/docker.sock"
    make_target(name="engine", type="docker_host", connection_config={"host": socket})
    page.goto("/monitors/new")
    page.get_by_label("Target", exact=True).fill("engine")
    page.get_by_label("Mode", exact=True).select_option("Container output")

    page.get_by_label("Container", exact=True).focus()

    said = page.locator(".containers-offered-problem")
    expect(said).to_contain_text(f"Containers could not be listed: the Docker engine at {socket}")
    expect(page.get_by_label("Container", exact=True)).to_be_focused()


def test_the_interval_is_told_in_words_as_it_is_typed(page: Page) -> None:
    page.goto("/monitors/new")
    words = page.locator("#interval-words")
    expect(words).to_have_text("Every 5 min: 8,640 Runs in 30 days.")

    page.get_by_label("Seconds between Runs").fill("3600")

    expect(words).to_have_text("Every 1 h: 720 Runs in 30 days.")


def test_leaving_a_half_written_form_asks_first(page: Page) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    _type_monitor(page, command="echo one")
    page.get_by_role("link", name="Health").click(no_wait_after=True)

    expect(page.get_by_label("Name", exact=True)).to_have_value("shop")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shop")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_refused_form_a_preview_and_a_try(
    page: Page, console: Console, scheme: Literal["light", "dark"]
) -> None:
    axe.bring(page.context)
    page.emulate_media(color_scheme=scheme)
    _type_monitor(page, command="echo ERROR disk full; echo oops >&2")
    page.get_by_label("Seconds between Runs").fill("3")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".complaints")).to_be_visible()
    found = axe.findings(page)

    page.get_by_label("Seconds between Runs").fill("60")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview-title")).to_have_text("Preview")
    found += axe.findings(page)
    page.get_by_role("button", name="Try").click()
    expect(page.locator("#preview-title")).to_have_text("Try alert not kept")
    found += axe.findings(page)

    assert found == []
    console.expects(UNPROCESSABLE)


def test_a_preview_of_long_lines_is_no_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _type_monitor(page, command="head -c 3000 /dev/zero | tr '\\0' x; false")
    page.get_by_label("Model", exact=True).fill("openai:made-up-with-a-name-that-is-rather-long")

    page.get_by_role("button", name="Preview").click()

    expect(page.locator("#preview")).to_be_visible()
    page.get_by_text("The whole message").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("width", [1280, 390])
def test_the_bar_covers_no_field_that_has_the_focus(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto("/monitors/new")
    bar = page.locator(".form-bar")
    covered = []

    page.get_by_label("Name", exact=True).focus()
    for _ in range(18):
        page.keyboard.press("Tab")
        covered += page.evaluate(
            """() => {
                const field = document.activeElement.getBoundingClientRect();
                const bar = document.querySelector(".form-bar").getBoundingClientRect();
                const inBar = document.activeElement.closest(".form-bar");
                return field.bottom > bar.top && !inBar ? [document.activeElement.id] : [];
            }"""
        )

    expect(bar).to_be_in_viewport()
    assert covered == []


def _saved() -> Monitor:
    (monitor,) = _monitors()
    return monitor


def _monitors() -> list[Monitor]:
    """As they are now: the test's own session saw how they were."""
    look_anew()
    return Monitor.all()


def _type_monitor(page: Page, *, command: str) -> None:
    page.goto("/monitors/new")
    page.get_by_label("Name", exact=True).fill("shop")
    page.get_by_label("What to look for").fill("Look for errors.")
    page.get_by_label("Label").fill("APP")
    page.get_by_label("Command", exact=True).fill(command)


def _inputs(page: Page) -> Locator:
    return page.locator(".input-form")
