"""Where htmx comes from: this server, a wrong file, or nowhere."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, Response
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.browser.serving import HTMX_FILE
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.htmx import URL
from webapp.models import Claim, Monitor, Target
from webapp.models.lookup import look_anew

ADDRESS = "/static/htmx.min.js"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"htmx_url": ADDRESS})


def test_htmx_of_this_server_is_loaded_under_the_policy(app: Flask, page: Page) -> None:
    _serve(app, HTMX_FILE.read_bytes())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/targets")

    assert page.evaluate("htmx.version") == "4.0.1"
    assert URL not in asked


def test_a_wrong_file_is_not_run_and_the_pages_work(
    app: Flask, page: Page, console: Console
) -> None:
    _serve(app, HTMX_FILE.read_bytes() + b"\nwindow.wrong = true;\n")

    _make_target(page)

    assert page.evaluate("[typeof htmx, typeof wrong]") == ["undefined", "undefined"]
    console.expects("integrity")


def test_without_htmx_a_log_source_is_made_and_tested_by_plain_forms(
    app: Flask, page: Page, console: Console, tmp_path: Path
) -> None:
    log = tmp_path / "app.log"
    log.write_text("first\nsecond\n")
    _make_target(page)

    page.get_by_role("link", name="New LogSource").click()
    page.get_by_label("Name", exact=True).fill("app")
    page.get_by_text("File", exact=True).click()
    page.get_by_label("Path").fill(str(log))
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test", exact=True).click()

    expect(page.locator("#reading code")).to_have_text(["first", "second"])
    assert page.evaluate("typeof htmx") == "undefined"
    console.expects("404", ADDRESS)


def test_without_htmx_a_person_comes_from_nothing_to_a_judged_run(
    valkey: str, app: Flask, page: Page, console: Console
) -> None:
    _make_target(page)
    page.get_by_role("link", name="New Monitor").first.click()
    page.get_by_label("Name", exact=True).fill("disks")
    page.get_by_label("What to look for").fill("Look for full disks.")
    page.get_by_label("Label").first.fill("DF")
    page.get_by_label("Command", exact=True).first.fill("df -h")
    page.get_by_role("button", name="Add Input").click()
    page.get_by_label("Label").nth(1).fill("MOUNTS")
    page.get_by_label("Command", exact=True).nth(1).fill("mount")
    page.locator(".form-bar, .form-end").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Run now").click()
    expect(page.locator("[aria-current=step]")).to_have_text("queued")
    look_anew()
    (monitor,) = Monitor.all()
    run = monitor.latest_run()
    assert run
    claim = Claim.take(run.id, utc_now(), timedelta(minutes=5))
    assert claim
    claim.record_verdict([], verdict="ok", summary="All quiet.")
    claim.finish(utc_now(), keep=200)
    page.reload()
    expect(page.locator(".verdict-sentence")).to_have_text("All quiet.")

    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".standing-sentence")).to_have_text("All quiet.")
    page.get_by_label("Search").fill("quiet")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile("q=quiet"))
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Test builtin").click()

    expect(page.locator("#test-llm")).to_contain_text("builtin works.")
    assert page.evaluate("typeof htmx") == "undefined"
    console.expects("404", ADDRESS)


def _serve(app: Flask, script: bytes) -> None:
    app.add_url_rule(ADDRESS, view_func=lambda: Response(script, mimetype="text/javascript"))


def _make_target(page: Page) -> None:
    page.goto("/targets/new")
    page.get_by_label("Name", exact=True).fill("here")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("here")
    assert [target.name for target in Target.all()] == ["here"]
