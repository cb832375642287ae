"""Trying out the settings from the page that shows them."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.pipeline.analyze.llm_stub import Stub, good
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from webapp.config import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"llm_model": "openai:test-model", "openai_base_url": "http://127.0.0.1:9/v1"}
    )


def test_a_model_is_tested_in_place(app: Flask, page: Page, settings: Settings) -> None:
    with Stub(good()) as stub:
        _set(app, settings, openai_base_url=stub.url)
        page.goto("/settings")
        page.get_by_role("button", name="Test openai:test-model").click()

        expect(page.locator("#test-llm")).to_contain_text("openai:test-model works.")
    assert page.url.endswith("/settings")


def test_a_test_mail_is_sent_in_place_by_the_keyboard(
    app: Flask, page: Page, settings: Settings, console: Console
) -> None:
    box = Mailbox()
    with smtp_server(box) as port:
        _set(app, settings, smtp_host="127.0.0.1", smtp_port=port)
        page.goto("/settings")
        recipient = page.get_by_label("Send a test to")
        recipient.fill("nobody")
        recipient.press("Enter")
        expect(page.locator(".field-error")).to_contain_text("This is no e-mail address")
        recipient.fill("ops@example.com")
        recipient.press("Enter")

        expect(page.locator("#test-mail")).to_contain_text("Sent to ops@example.com")
    assert page.url.endswith("/settings")
    assert box.recipients == [["ops@example.com"]]
    console.expects("422")


def test_without_javascript_the_page_comes_back_with_what_became_of_it(
    app: Flask, plain_page: Page, settings: Settings
) -> None:
    box = Mailbox()
    with Stub(good()) as stub, smtp_server(box) as port:
        _set(app, settings, openai_base_url=stub.url, smtp_host="127.0.0.1", smtp_port=port)
        plain_page.goto("/settings")
        plain_page.get_by_role("button", name="Test openai:test-model").click()
        expect(plain_page.locator("#test-llm")).to_contain_text("works.")
        plain_page.get_by_label("Send a test to").fill("ops@example.com")
        plain_page.get_by_role("button", name="Send a test").click()

        expect(plain_page.locator("#test-mail")).to_contain_text("Sent to ops@example.com")


def _set(app: Flask, settings: Settings, **values: object) -> None:
    app.extensions["settings"] = settings.model_copy(update=values)
