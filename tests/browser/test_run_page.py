"""A Run as it is watched and read: its stages, its text, what changed, who was told."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from tests.browser.console import Console
from tests.jobs.conftest import monitor_that_runs, waits_for, working
from tests.pages.making import NOW, make_monitor, make_run, make_target
from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.rows import GATHERED
from tests.waiting import until
from webapp import jobs
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.models import Claim, Monitor, Run
from webapp.pages.log_view import PART

pytestmark = pytest.mark.takes(seconds=30)

LINES = [f"10:00:{n % 60:02} INFO request {n} served" for n in range(60)]
LINES[40] = "10:00:40 ERROR request 40 timed out " + "x" * 400
LINES[52] = "10:00:52 ERROR request 52 timed out"
FINDING = {
    "severity": "alert",
    "label": None,
    "line": 41,
    "quote": LINES[40],
    "explanation": "Requests time out.",
    "verified": True,
}
MAIL = {"channel": "email", "recipient": "ops@example.com", "due_at": NOW}
HOSTILE = (
    "</pre><script>document.title = 'owned'</script>",
    '"><img src=x onerror="document.title = \'owned\'">',
    "{{ 7*7 }} <a href='javascript:alert(1)'>click</a>",
)


@pytest.fixture
def monitor(app: Flask) -> Monitor:
    return make_monitor(make_target())


def run_with(monitor: Monitor, lines: list[str], **values: Any) -> Run:
    told: dict[str, Any] = {"summary": "Requests time out.", "logs_text": "\n".join(lines)}
    return make_run(monitor, "alert", **told | values)


def search_box(page: Page) -> Locator:
    return page.get_by_label("Search within the text")


def test_a_run_is_watched_from_queued_to_done_without_reload(
    valkey: str, app: Flask, page: Page, tmp_path: Path
) -> None:
    said = "echo a word on the side >&2; "
    monitor = monitor_that_runs(
        f"{said}{waits_for(tmp_path)}; echo 10:00 ERROR disk full", name="Shop"
    )
    run_id = jobs.start(monitor.id, "manual", app.extensions["doorbell"])
    page.goto(f"/runs/{run_id}")
    marked = page.evaluate("window.marked = 'not reloaded'")
    panel, stage = page.locator("#run-panel"), page.locator("#run-panel [aria-current=step]")
    expect(stage).to_have_text("queued")

    with working(app):
        expect(stage).to_have_text("gathering")
        until((tmp_path / "started").exists)
        (tmp_path / "go").touch()
        expect(panel.locator(".status").first).to_have_text("alert")

    expect(panel.locator(".log-error code")).to_have_text("10:00 ERROR disk full")
    expect(panel.get_by_role("link", name="LOGS, line 3")).to_be_visible()
    assert page.evaluate("window.marked") == marked
    assert "every 1s" not in page.content()


def test_what_somebody_opened_and_stands_on_stays_while_the_page_is_polled(
    app: Flask, page: Page, monitor: Monitor
) -> None:
    run = make_run(monitor)
    claim = Claim.take(run.id, utc_now(), timedelta(minutes=5))
    assert claim
    claim.record(stage="analyzing", inputs=[GATHERED | {"stderr": "df: warning"}])
    page.goto(f"/runs/{run.id}")
    stderr = page.get_by_text("The end of its stderr")
    stderr.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("df: warning")).to_be_visible()

    with page.expect_response(re.compile("run-panel")):
        pass
    claim.record(stage="notifying")
    expect(page.locator("[aria-current=step]")).to_have_text("notifying")

    expect(page.get_by_text("df: warning")).to_be_visible()
    expect(stderr).to_be_focused()


def test_the_text_is_searched_as_one_types_and_its_address_can_be_kept(
    page: Page, monitor: Monitor
) -> None:
    run = run_with(monitor, LINES)
    page.goto(f"/runs/{run.id}")

    search_box(page).press_sequentially("timed OUT")
    expect(page.locator(".log-status [role=status]")).to_have_text("1 of 2 lines with “timed OUT”")

    expect(page.locator(".log mark")).to_have_text(["timed out", "timed out"])
    expect(search_box(page)).to_be_focused()
    expect(page.locator("#L41")).to_be_in_viewport()
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".log-status [role=status]")).to_contain_text("2 of 2")
    expect(page.locator("#L53")).to_have_class(re.compile("log-current"))
    expect(page).to_have_url(re.compile(rf"/runs/{run.id}\?q=timed\+OUT&line=53$"))
    page.reload()
    expect(page.locator("#L53")).to_have_class(re.compile("log-current"))
    search_box(page).fill("")
    expect(page.locator(".log mark")).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"/runs/{run.id}$"))


def test_the_next_match_comes_into_sight_on_the_page_and_in_its_box(
    page: Page, monitor: Monitor
) -> None:
    lines = [f"line {n} " + "x" * 300 for n in range(1, 200)]
    lines[180] += " needle one"
    lines[190] += " needle two"
    run = run_with(monitor, lines)
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(f"/runs/{run.id}?q=needle")
    page.get_by_label("Wrap").uncheck()
    page.locator("#log-next").evaluate("link => link.scrollIntoView({block: 'end'})")

    page.locator("#log-next").click()

    expect(page.locator("#L191")).to_have_class(re.compile("log-current"))
    expect(page.locator("#L191 mark")).to_be_in_viewport(ratio=1)


def test_the_text_is_searched_without_javascript(plain_page: Page, monitor: Monitor) -> None:
    page = plain_page
    run = run_with(monitor, LINES, findings=[FINDING])
    make_run(monitor, "ok", summary="Fine.")
    page.goto(f"/runs/{run.id}")
    expect(page.locator(".log-copy")).to_be_hidden()

    search_box(page).fill("timed out")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".log mark")).to_have_count(2)
    page.get_by_role("link", name="Next", exact=True).click()

    assert page.url.endswith(f"/runs/{run.id}?q=timed+out&line=53#L53")
    expect(page.locator("#L53")).to_be_in_viewport()
    page.get_by_role("link", name="line 41", exact=True).click()
    expect(page.locator("#L41")).to_be_in_viewport()
    page.get_by_role("link", name=f"Run {run.id + 1} →").click()
    page.get_by_role("link", name=f"What changed since Run {run.id}").click()
    expect(page.locator("#changes")).to_contain_text("Gone findings")


def test_long_lines_are_wrapped_or_not_and_stay_so(page: Page, monitor: Monitor) -> None:
    run = run_with(monitor, LINES)
    page.goto(f"/runs/{run.id}")
    assert _overflows(page) is False

    page.get_by_label("Wrap").uncheck()
    assert _overflows(page) is True
    page.reload()

    expect(page.get_by_label("Wrap")).not_to_be_checked()
    assert _overflows(page) is True
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_only_what_stands_out_is_shown_and_what_is_beside_it(
    plain_page: Page, monitor: Monitor
) -> None:
    run = run_with(monitor, LINES)
    plain_page.goto(f"/runs/{run.id}")
    shown = plain_page.locator(".log-line:visible .log-number")

    plain_page.get_by_label("Only what stands out").check()

    assert _numbers(shown) == [40, 41, 42, 52, 53, 54]
    plain_page.get_by_label("Only what stands out").uncheck()
    expect(shown).to_have_count(len(LINES))


def test_the_text_and_any_line_of_it_are_copied(page: Page, monitor: Monitor) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    lines = [*(f"line {n}" for n in range(PART)), "beyond what is shown"]
    run = run_with(monitor, lines)
    page.goto(f"/runs/{run.id}")

    page.get_by_role("button", name="Copy all").click()
    expect(page.locator(".log-copy")).to_have_attribute("data-said", "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(lines)

    page.locator("#L3 .log-number").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy line 3")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".log-copy-line")).to_have_attribute("data-said", "Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "line 2"
    assert page.locator("#L3").inner_text().strip() == "line 2"


def test_without_a_clipboard_the_text_is_copied_all_the_same(page: Page, monitor: Monitor) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run = run_with(monitor, LINES)
    page.goto(f"/runs/{run.id}")
    real = page.evaluate_handle("navigator.clipboard")
    # As on a page that came from another machine by plain http.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")

    page.get_by_role("button", name="Copy all").click()
    expect(page.locator(".log-copy")).to_have_attribute("data-said", "Copied")

    assert real.evaluate("clipboard => clipboard.readText()") == "\n".join(LINES)


def test_a_long_text_is_gone_on_with_when_its_end_comes_into_sight(
    page: Page, monitor: Monitor
) -> None:
    last = PART + 20
    run = run_with(monitor, [f"line {n}" for n in range(1, last + 1)])
    page.goto(f"/runs/{run.id}")

    page.locator(f"#L{PART}").scroll_into_view_if_needed()

    expect(page.locator(f"#L{last}")).to_be_attached()
    assert _numbers(page.locator(".log-number")) == list(range(1, last + 1))
    expect(page.locator(".log-more")).to_have_count(0)


def test_a_line_of_a_long_text_is_opened_and_what_is_before_it_asked_for(
    page: Page, monitor: Monitor
) -> None:
    last = PART + 20
    run = run_with(monitor, [f"line {n}" for n in range(1, last + 1)])
    page.goto(f"/runs/{run.id}?line={PART + 5}#L{PART + 5}")
    expect(page.locator(f"#L{PART + 5}")).to_be_in_viewport()

    page.get_by_role("link", name=f"Earlier lines, 1 to {PART:,}").click()

    expect(page.locator("#L1")).to_be_attached()
    assert _numbers(page.locator(".log-number")) == list(range(1, last + 1))


def test_what_changed_is_shown_in_place(page: Page, monitor: Monitor) -> None:
    first = run_with(monitor, LINES)
    second = run_with(monitor, [*LINES, "10:02 FATAL disk gone"], findings=[FINDING])
    page.goto(f"/runs/{second.id}")

    page.get_by_role("link", name=f"What changed since Run {first.id}").click()

    expect(page.locator("#changes h3")).to_contain_text(["New findings", "New kinds of line"])
    expect(page.locator(".kind-fatal code")).to_have_text("10:02 FATAL disk gone")
    expect(page).to_have_url(re.compile(rf"/runs/{second.id}$"))


def test_what_changed_is_a_page_without_javascript(plain_page: Page, monitor: Monitor) -> None:
    first = run_with(monitor, LINES)
    second = run_with(monitor, [*LINES, "10:02 FATAL disk gone"], findings=[FINDING])
    plain_page.goto(f"/runs/{second.id}")

    plain_page.get_by_role("link", name=f"What changed since Run {first.id}").click()

    expect(plain_page).to_have_url(re.compile(rf"/runs/{second.id}/changes$"))
    expect(plain_page.locator(".kind-fatal code")).to_have_text("10:02 FATAL disk gone")


def test_a_notification_is_sent_again_without_javascript(
    plain_page: Page, monitor: Monitor
) -> None:
    run = make_run(monitor, "alert", summary="Bad.", planned=[MAIL | {"status": "failed"}])
    plain_page.goto(f"/runs/{run.id}")

    plain_page.get_by_role("button", name="Resend to ops@example.com").click()

    expect(plain_page.get_by_role("status").first).to_contain_text(
        "It is sent to ops@example.com again."
    )
    expect(plain_page.locator("#told .outcome")).to_have_text("pending")


class TestWithMail:
    @pytest.fixture
    def mailbox(self) -> Mailbox:
        return Mailbox()

    @pytest.fixture
    def settings(self, settings: Settings, mailbox: Mailbox) -> Iterator[Settings]:
        with smtp_server(mailbox) as port:
            told = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
            yield settings.model_copy(update=told)

    def test_a_notification_is_sent_again_and_watched_until_it_is_out(
        self, valkey: str, app: Flask, page: Page, monitor: Monitor, mailbox: Mailbox
    ) -> None:
        failed = MAIL | {"status": "failed", "attempts": 6, "error": "No answer."}
        run = make_run(monitor, "alert", summary="Bad.", planned=[failed])
        page.goto(f"/runs/{run.id}#told")
        marked = page.evaluate("window.marked = 'not reloaded'")
        outcome = page.locator("#told .outcome")

        page.get_by_role("button", name="Resend to ops@example.com").click()
        expect(outcome).to_have_text("pending")
        with working(app):
            expect(outcome).to_have_text("sent")

        assert len(mailbox.letters) == 1
        assert page.evaluate("window.marked") == marked
        expect(page.locator("#told[hx-get]")).to_have_count(0)


def test_a_notification_that_is_on_its_way_by_now_says_so_in_place(
    page: Page, monitor: Monitor, console: Console
) -> None:
    run = make_run(monitor, "alert", summary="Bad.", planned=[MAIL | {"status": "failed"}])
    page.goto(f"/runs/{run.id}")
    run.notifications[0].resend(NOW)

    page.get_by_role("button", name="Resend to ops@example.com").click()

    expect(page.locator("#told-problem")).to_contain_text("It is on its way already")
    console.expects("409 (CONFLICT)")


def test_the_printed_page_has_every_line_whole(page: Page, monitor: Monitor) -> None:
    run = run_with(monitor, LINES * 5)
    page.goto(f"/runs/{run.id}")
    page.get_by_label("Wrap").uncheck()

    page.emulate_media(media="print")

    box = page.locator(".log-box")
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")
    expect(page.locator(".log-tools")).to_be_hidden()


def test_the_printed_page_says_which_lines_of_a_long_text_it_leaves_out(
    page: Page, monitor: Monitor
) -> None:
    run = run_with(monitor, [f"line {n}" for n in range(1, PART + 21)])
    page.goto(f"/runs/{run.id}")
    expect(page.locator(".log-left-out")).to_be_hidden()

    page.emulate_media(media="print")

    said = f"Left out here: 20 lines, {PART + 1:,} to {PART + 20:,}, not opened"
    expect(page.locator(".log-left-out")).to_contain_text(said)


def test_hostile_lines_do_nothing_in_a_browser(page: Page, monitor: Monitor) -> None:
    finding = FINDING | {"line": 1, "quote": HOSTILE[0], "explanation": HOSTILE[1]}
    run_with(monitor, ["fine"])
    run = run_with(
        monitor,
        list(HOSTILE),
        findings=[finding],
        report=HOSTILE[0],
        llm_model="openai:x",
        prompt=HOSTILE[1],
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"/runs/{run.id}?q=onerror")
    page.get_by_role("link", name="What changed").click()
    page.get_by_role("link", name="The whole message").click()
    expect(page.locator("#message pre").nth(1)).to_contain_text(HOSTILE[1])
    expect(page.locator(".log code").nth(1)).to_have_text(HOSTILE[1])

    assert not page.title().startswith("owned")
    assert [url for url in asked if url.endswith("/x")] == []
    assert page.locator("a[href^=javascript]").count() == 0


def _overflows(page: Page) -> bool:
    overflows = page.locator(".log-box").evaluate("box => box.scrollWidth > box.clientWidth")
    return bool(overflows)


def _numbers(lines: Locator) -> list[int]:
    numbers: list[int] = lines.evaluate_all("all => all.map(one => +one.dataset.number)")
    return numbers
