"""The overview as one who keeps it open all day uses it."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.console import Console
from tests.rows import finished_run, new_monitor, new_target
from webapp import htmx
from webapp.clock import utc_now
from webapp.models import Monitor


def some_monitors(number: int) -> list[Monitor]:
    target = new_target()
    monitors = [new_monitor(utc_now(), target_id=target.id, name=f"m{n:02}") for n in range(number)]
    for monitor in monitors:
        finished_run(monitor, utc_now())
    return monitors


def test_a_poll_brings_what_is_new_and_takes_nothing_away(page: Page) -> None:
    monitors = some_monitors(40)
    page.goto("/")
    page.get_by_label("Select m07").check()
    page.evaluate("scrollTo(0, 900)")
    marked = f"document.querySelector('#standing-{monitors[7].id}').mark"
    page.evaluate(f"{marked} = 'same'")
    tag = page.locator("#bulk input[name=tag]")
    tag.press_sequentially("half typ")
    tag.press("ArrowLeft")
    read = f"document.querySelector('#standing-{monitors[15].id}').getBoundingClientRect().top"
    before = page.evaluate(read)

    finished_run(monitors[39], utc_now(), verdict="alert", summary="The disk is full.")

    first = page.locator(".standing").first
    expect(first).to_contain_text("The disk is full.")
    expect(page).to_have_title("(1) Overview · AI Log Monitor")
    expect(page.get_by_label("Select m07")).to_be_checked()
    expect(tag).to_be_focused()
    tag.press_sequentially("e")
    expect(tag).to_have_value("half tyep")
    assert abs(page.evaluate(read) - before) < 5  # what somebody reads stays where it is
    assert page.evaluate(marked) == "same"


def test_polls_that_bring_nothing_move_nothing(page: Page) -> None:
    some_monitors(3)
    page.goto("/")
    page.evaluate(
        """() => {
            window.shift = 0;
            new PerformanceObserver((seen) => seen.getEntries().forEach((one) => {
                window.shift += one.value;
            })).observe({type: "layout-shift", buffered: false});
        }"""
    )
    with page.expect_response(re.compile("/overview")) as polled:
        pass

    assert polled.value.status == 204
    assert page.evaluate("window.shift") < 0.001  # of a tenth that is still called good


def test_slash_searches_in_place_and_the_address_keeps_it(page: Page) -> None:
    some_monitors(12)
    page.goto("/")

    page.keyboard.press("/")
    page.keyboard.type("m1")

    expect(page.locator(".standing-name")).to_have_text(["m10", "m11"])
    expect(page).to_have_url(re.compile(r"/\?q=m1$"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.reload()
    expect(page.locator(".standing-name")).to_have_text(["m10", "m11"])
    expect(page.get_by_role("searchbox")).to_have_value("m1")


def test_a_poll_under_way_does_not_undo_a_search(page: Page) -> None:
    some_monitors(12)
    held: list[Route] = []
    page.route(re.compile(r"/overview\?.*seen="), lambda route: held.append(route))
    page.goto("/")
    with page.expect_request(re.compile("seen=")):
        pass

    page.keyboard.press("/")
    page.keyboard.type("m1")
    expect(page.locator(".standing-name")).to_have_text(["m10", "m11"])
    for poll in held:
        poll.continue_()

    page.get_by_label("Select m10").check()
    page.get_by_role("button", name="Pause").click()
    expect(page).to_have_url(re.compile(r"/\?q=m1$"))
    expect(page.locator(".standing-name")).to_have_text(["m11", "m10"])


def test_filters_work_without_javascript(plain_page: Page) -> None:
    page = plain_page
    monitors = some_monitors(3)
    finished_run(monitors[1], utc_now(), verdict="warn", summary="Slow.")
    page.goto("/")

    page.get_by_role("link", name="1 warn").click()
    expect(page.locator(".standing-name")).to_have_text(["m01"])
    page.get_by_role("searchbox").fill("m02")
    page.get_by_role("button", name="Find").click()

    expect(page.locator(".none")).to_contain_text("No Monitor is like that.")
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".standing")).to_have_count(3)


def test_several_are_paused_tagged_and_deleted_at_once(page: Page) -> None:
    some_monitors(3)
    page.goto("/")
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()

    page.get_by_label("Select m00").check()
    page.get_by_label("All on this page").check()
    page.get_by_label("Select m02").uncheck()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#bulk-said")).to_have_text("2 Monitors: paused.")
    page.get_by_label("Select m01").uncheck()
    expect(page.locator("#bulk-said")).to_have_text("")
    page.get_by_label("Tag", exact=True).and_(page.locator("#bulk input")).fill("prod")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator(".standing .tag")).to_have_text(["prod"])
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 1 Monitor").click()

    expect(page.locator(".standing-name a:first-child")).to_have_text(["m02", "m01"])


def test_what_is_selected_and_where_one_has_scrolled_to_stay_when_something_is_done(
    page: Page,
) -> None:
    some_monitors(40)
    page.goto("/?sort=name")
    page.get_by_label("Select m30").check()
    page.evaluate("scrollTo(0, 900)")

    page.get_by_role("button", name="Pause").click()

    expect(page.locator("#bulk-said")).to_have_text("1 Monitor: paused.")
    expect(page.locator("#bulk-said")).to_be_in_viewport()
    expect(page.get_by_label("Select m30")).to_be_checked()
    expect(page).to_have_url(re.compile(r"/\?sort=name$"))
    assert page.evaluate("scrollY") == 900


def test_what_is_not_deleted_after_all_is_found_where_it_was(page: Page) -> None:
    some_monitors(3)
    page.goto("/?q=m0&sort=name")
    page.get_by_label("Select m01").check()
    page.get_by_role("button", name="Delete").click()

    page.get_by_role("link", name="Keep them").click()

    expect(page).to_have_url(re.compile(r"/\?q=m0&sort=name$"))
    expect(page.locator(".standing")).to_have_count(3)


def test_enter_in_the_tag_field_tags_and_runs_nothing(page: Page) -> None:
    some_monitors(2)
    page.goto("/")
    page.get_by_label("Select m01").check()
    expect(page.locator("#picked")).to_have_text("1 selected")
    tag = page.locator("#bulk input[name=tag]")

    tag.fill("two words")
    tag.press("Enter")
    expect(page.get_by_label("Select m01")).to_be_checked()
    tag.fill("prod")
    tag.press("Enter")

    expect(page.locator("#bulk-said")).to_have_text("1 Monitor: tagged “prod”.")
    expect(page.locator(".standing .tag")).to_have_text(["prod"])


def test_several_are_muted_without_javascript(plain_page: Page) -> None:
    page = plain_page
    some_monitors(2)
    page.goto("/")

    page.get_by_label("Select m01").check()
    page.get_by_role("button", name="Mute", exact=True).click()

    expect(page.locator(".notice")).to_have_text("1 Monitor: muted.")
    expect(page.locator(".muted-mark")).to_have_count(1)


def test_the_page_says_when_the_service_does_not_answer_any_more(
    page: Page, console: Console
) -> None:
    some_monitors(1)
    page.goto("/")
    banner = page.locator("#no-answer")
    expect(banner).to_be_hidden()

    page.route("**/overview*", lambda route: route.abort())
    expect(banner).to_contain_text("The service does not answer since")
    page.unroute("**/overview*")

    expect(banner).to_be_hidden()
    console.expects("net::ERR_FAILED", "Failed to fetch")


def test_without_htmx_the_page_is_loaded_anew_unless_somebody_types(
    page: Page, console: Console
) -> None:
    monitors = some_monitors(1)
    page.route(htmx.URL, lambda route: route.abort())
    page.clock.install()
    page.goto("/")
    page.get_by_role("searchbox").fill("half typ")
    finished_run(monitors[0], utc_now(), verdict="alert", summary="The disk is full.")
    page.clock.fast_forward("00:30")
    expect(page.get_by_role("searchbox")).to_have_value("half typ")

    page.get_by_role("searchbox").blur()
    page.clock.fast_forward("00:30")

    expect(page.locator(".standing-alert")).to_be_visible()
    page.goto("about:blank")  # or it is loaded anew once more
    console.expects("net::ERR_FAILED")
