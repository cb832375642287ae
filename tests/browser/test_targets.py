"""Targets and LogSources, tried before they are saved and found in long lists."""

import time
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, Route, expect

from tests.browser.console import Console
from tests.pipeline.http_server import loki, serving
from tests.rows import new_target
from tests.ssh_server import SshServer
from webapp import htmx
from webapp.models import LogSource, Target


def test_a_target_is_tested_before_it_is_saved_and_keeps_what_was_typed(
    page: Page, console: Console
) -> None:
    page.goto("/targets/new")
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#name-error-1")).to_have_text("This field is required.")
    page.get_by_label("Name", exact=True).fill("here")

    page.get_by_role("button", name="Test").click()

    expect(page.locator("#test")).to_contain_text("It can be used.")
    expect(page.locator(".field-error")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value("here")
    assert page.url.endswith("/targets/new")
    assert Target.all() == []
    console.expects("422")


def test_what_a_test_gave_is_in_sight_below_a_long_form(
    page: Page, app: Flask, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 390, "height": 600})
    page.goto("/targets/new")
    page.get_by_label("Name", exact=True).fill("engine")
    page.get_by_text("Docker engine").click()
    page.get_by_label("Docker host").fill(f"unix://{tmp_path}/docker.sock")

    page.get_by_role("button", name="Test").click()

    expect(page.locator("#test .notice")).to_be_in_viewport(ratio=1)


def test_a_machine_over_ssh_is_made_its_key_approved_and_used(
    page: Page, app: Flask, sshd: SshServer
) -> None:
    page.goto("/targets/new")
    page.get_by_label("Name", exact=True).fill("web-1")
    page.get_by_text("Machine over SSH").click()
    for name, value in sshd.config.items():
        page.locator(f"[name=ssh_{name}]").fill(str(value or ""))
    page.get_by_role("button", name="Save").click()

    page.get_by_role("button", name="Test").click()
    expect(page.locator("#test")).to_contain_text("It cannot be used yet.")
    expect(page.locator("#test")).to_contain_text("SHA256:")
    page.get_by_role("button", name="approve this key").click()

    expect(page.locator("#test")).to_contain_text("It can be used.")
    expect(page.locator("#test")).to_contain_text("Runs as")


def test_a_log_source_is_read_before_it_is_saved_without_javascript(
    plain_page: Page, app: Flask, tmp_path: Path
) -> None:
    log = tmp_path / "app.log"
    log.write_text("first\nsecond\n")
    new_target("here")
    plain_page.goto("/log-sources/new")
    plain_page.get_by_label("Name", exact=True).fill("app")
    plain_page.get_by_text("File", exact=True).click()
    plain_page.get_by_label("Path").fill(str(log))

    plain_page.get_by_role("button", name="Test").click()
    expect(plain_page.locator("#reading code")).to_have_text(["first", "second"])
    assert LogSource.all() == []
    plain_page.get_by_role("button", name="Save").click()

    expect(plain_page.get_by_role("heading", level=1)).to_have_text("app")


def test_a_wrong_number_of_another_kind_is_in_nobodys_way(
    page: Page, app: Flask, tmp_path: Path
) -> None:
    new_target("here")
    page.goto("/log-sources/new")
    page.get_by_label("Name", exact=True).fill("app")
    page.locator("[name=docker_logs_tail]").fill("-3")
    page.get_by_text("File", exact=True).click()
    page.get_by_label("Path").fill(str(tmp_path / "app.log"))

    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("app")


def test_what_is_no_number_is_told_at_its_field_and_stays_there(
    page: Page, app: Flask, console: Console
) -> None:
    new_target("here")
    page.goto("/log-sources/new")
    page.get_by_label("Name", exact=True).fill("bot")
    page.get_by_label("Container", exact=True).fill("bot")
    lines = page.locator("[name=docker_logs_tail]")
    lines.press_sequentially("1e")

    page.get_by_role("button", name="Save").click()

    expect(page.locator("#docker_logs_tail-error-1")).to_have_text("This must be a whole number.")
    expect(lines).to_have_value("1e")
    console.expects("422")


def test_what_is_typed_before_htmx_has_come_is_searched_for_once_it_has(
    page: Page, app: Flask
) -> None:
    for number in range(12):
        new_target(f"host-{number}")
    asked: list[Route] = []
    page.route(htmx.URL, lambda route: asked.append(route))
    page.goto("/targets", wait_until="commit")
    page.get_by_role("searchbox").fill("host-11")

    asked[0].fallback()

    expect(page.locator("#target-list tbody tr")).to_have_count(1)


def test_a_long_list_is_searched_while_somebody_types(page: Page, app: Flask) -> None:
    for number in range(12):
        new_target(f"host-{number}")
    page.goto("/targets")

    page.keyboard.press("/")
    page.keyboard.type("host-11")

    expect(page.locator("#target-list tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("host-11")
    assert page.url.endswith("/targets?q=host-11")


def test_the_names_to_pick_from_are_narrowed_while_somebody_types(page: Page, app: Flask) -> None:
    for number in range(60):
        new_target(f"host-{number:02}")
    page.goto("/log-sources/new")
    offered = page.locator("#target-offered option")
    expect(offered).to_have_count(50)

    with page.expect_response("**/targets/target-offered?target=host-59"):
        page.get_by_label("Target", exact=True).press_sequentially("host-59")

    expect(offered).to_have_count(1)
    expect(page.get_by_label("Target", exact=True)).to_be_focused()


def test_loki_is_read_from_the_form_which_asks_only_for_what_its_format_has(page: Page) -> None:
    new_target("here")
    with serving(loki([(time.time_ns(), "ERROR payment failed")])) as server:
        page.goto("/log-sources/new")
        page.get_by_label("Name", exact=True).fill("shop")
        page.get_by_text("HTTP", exact=True).click()
        expect(page.get_by_label("Shown before the text")).to_be_hidden()
        page.get_by_label("Answer").select_option("Loki query_range")
        page.get_by_label("Address").fill(f"{server.url}/loki/api/v1/query_range")
        page.get_by_label("Query").fill('{app="shop"}')
        page.get_by_label("Shown before the text").fill("app")

        page.get_by_role("button", name="Test").click()

        expect(page.locator("#reading code")).to_contain_text(["app=shop ERROR payment failed"])
    expect(page.get_by_label("Field of the time")).to_be_hidden()
    page.get_by_label("Answer").select_option("JSON with a list")
    expect(page.get_by_label("Field of the list")).to_be_visible()
