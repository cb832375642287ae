"""Rules are written in the form and tested on lines, with JavaScript and without."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.console import Console
from tests.pages.making import make_target
from tests.parts import require

LINES = "INFO GET /health 200\nFATAL Out of memory: killed process 4242\nINFO order 17 filled"


@pytest.fixture(autouse=True)
def target(app: Flask) -> None:
    """This machine, which stands in the form already."""
    make_target()


def _test_rules(page: Page) -> None:
    page.goto("/monitors/new")
    page.get_by_label("Name", exact=True).fill("shop")
    page.get_by_label("Ignore", exact=True).fill("GET /health")
    page.get_by_label("Must alert").fill("(?i)out of memory")
    page.get_by_label("Lines to test them on").fill(LINES)
    page.get_by_role("button", name="Test the rules").click()


def _expect_tried(page: Page) -> None:
    expect(page.locator("#rules-tried p")).to_have_text(
        "Of 3 lines, 1 would be ignored and 1 would alert."
    )
    expect(page.locator(".tried-ignored")).to_contain_text("ignored by GET /health")
    expect(page.locator(".tried-alert")).to_contain_text("alert by (?i)out of memory")
    expect(page.get_by_label("Name", exact=True)).to_have_value("shop")


def test_rules_are_tested_in_place(page: Page) -> None:
    _test_rules(page)

    _expect_tried(page)


def test_what_rules_made_of_lines_is_accessible(page: Page) -> None:
    require(axe.FILE.exists(), "axe-core is missing: run .ci/fetch_axe.sh")
    axe.bring(page.context)
    _test_rules(page)
    _expect_tried(page)

    assert axe.findings(page) == []


def test_rules_are_tested_without_javascript(plain_page: Page) -> None:
    _test_rules(plain_page)

    _expect_tried(plain_page)


def test_a_preview_puts_in_what_it_read_where_no_lines_are(page: Page, console: Console) -> None:
    page.goto("/monitors/new")
    page.get_by_label("What to look for").fill("Look for errors.")
    page.get_by_label("Label").fill("APP")
    page.get_by_label("Command", exact=True).fill("echo GET /health")
    page.get_by_label("Ignore", exact=True).fill("health$")
    lines, preview = (
        page.get_by_label("Lines to test them on"),
        page.get_by_role("button", name="Preview"),
    )

    preview.click()  # refused, as it has no name, and the box for lines stays
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("shop")
    page.get_by_label("Ignore", exact=True).fill("")
    preview.click()
    expect(lines).to_have_value("GET /health")
    lines.fill("mine")
    preview.click()
    expect(page.locator("#preview-title")).to_be_focused()
    expect(lines).to_have_value("mine")
    lines.fill("")
    preview.click()

    expect(lines).to_have_value("GET /health")
    console.expects("422 (UNPROCESSABLE ENTITY)")


def test_a_bad_pattern_is_told_at_its_field_in_place(page: Page, console: Console) -> None:
    console.expects("422 (UNPROCESSABLE ENTITY)")
    page.goto("/monitors/new")
    page.get_by_label("Ignore", exact=True).fill("(open")
    page.get_by_role("button", name="Test the rules").click()

    expect(page.locator("#rules .field-bad")).to_contain_text("This is no pattern: missing ):")
