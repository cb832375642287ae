"""The log viewer of a Run's page: searched, opened at a line, gone on with."""

import re

import pytest
from flask.testing import FlaskClient

from tests.pages.making import HTMX, make_monitor, make_run, make_target, see, words
from webapp.models import Monitor, Run
from webapp.pages.log_view import PART

HOSTILE = (
    '</pre></code><script>alert(1)</script> "><img src=x onerror=alert(1)> {{ 7*7 }} \u202etxt'
)
ESCAPED = (
    "&lt;/pre&gt;&lt;/code&gt;&lt;script&gt;alert(1)&lt;/script&gt; "
    "&#34;&gt;&lt;img src=x onerror=alert(1)&gt; {{ 7*7 }}"
)


@pytest.fixture
def monitor(client: FlaskClient) -> Monitor:
    return make_monitor(make_target())


def run_with(monitor: Monitor, text: str, line: int | None = None) -> Run:
    finding = {
        "severity": "alert",
        "label": None,
        "line": line,
        "quote": "x",
        "explanation": "Bad.",
        "verified": True,
    }
    return make_run(
        monitor, "alert", summary="Bad.", logs_text=text, findings=[finding] if line else []
    )


def long_text() -> str:
    return "\n".join(f"line {n}" for n in range(1, 3 * PART + 1))


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="L(\d+)"', page)]


def test_the_text_is_searched_without_javascript(client: FlaskClient, monitor: Monitor) -> None:
    run = run_with(monitor, "ready\nERROR disk full\nwell\nerror again")

    page = see(client, f"/runs/{run.id}?q=error")

    assert "1 of 2 lines with “error”" in words(page)
    assert "<mark>ERROR</mark> disk full" in page
    assert f'id="log-next" href="/runs/{run.id}?q=error&amp;line=4#L4"' in page
    assert '<span id="log-previous" class="none">Previous</span>' in page
    assert 'name="q" value="error"' in page


def test_the_next_match_is_the_current_one_of_its_own_address(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = run_with(monitor, "ready\nERROR disk full\nwell\nerror again")

    page = see(client, f"/runs/{run.id}?q=error&line=4")

    assert "2 of 2 lines with “error”" in words(page)
    assert '<li id="L4" class="log-line log-log log-current">' in page
    assert f'id="log-previous" href="/runs/{run.id}?q=error&amp;line=2#L2"' in page


def test_a_search_in_place_gives_the_viewer_and_the_pages_address(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = run_with(monitor, "ready\nERROR disk full")

    answer = client.get(f"/runs/{run.id}/log-view?q=disk", headers=HTMX)
    emptied = client.get(f"/runs/{run.id}/log-view?q=", headers=HTMX)

    assert answer.headers["HX-Replace-Url"] == f"/runs/{run.id}?q=disk"
    assert emptied.headers["HX-Replace-Url"] == f"/runs/{run.id}"
    assert answer.text.startswith('<div id="log-view"')
    assert answer.text.strip() in see(client, f"/runs/{run.id}?q=disk")


def test_a_search_that_finds_nothing_says_so_and_shows_the_text(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = run_with(monitor, "ready\nsteady")

    page = see(client, f"/runs/{run.id}?q=%3Cb%3E")

    assert "No line has “&lt;b&gt;”" in page
    assert shown(page) == [1, 2]


@pytest.mark.parametrize("query", ["", "?q=script", "?q=%3Cimg", "?q=7*7", "?line=1"])
def test_hostile_lines_and_searches_are_text(
    client: FlaskClient, monitor: Monitor, query: str
) -> None:
    run = run_with(monitor, f"{HOSTILE}\n{HOSTILE * 200}", line=1)

    page = see(client, f"/runs/{run.id}{query}")

    unmarked = re.sub("</?mark>", "", page)
    assert ESCAPED in unmarked
    assert "<script>" not in page
    assert "<img" not in page
    assert re.findall(r"<a [^>]*href=\"(?!/|#|http)", page) == []


def test_a_search_is_shown_as_text_wherever_it_is_said_again(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = run_with(monitor, "a\n" * 3)

    page = see(client, f"/runs/{run.id}?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")

    assert "<script>" not in page
    assert 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page


def test_a_long_text_comes_in_parts_from_what_was_found(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = run_with(monitor, long_text(), line=PART + 5)

    page = see(client, f"/runs/{run.id}")

    assert shown(page) == list(range(PART + 1, 2 * PART + 1))
    assert f'<a href="/runs/{run.id}?line={PART + 5}#L{PART + 5}">line {PART + 5}</a>' in page
    assert f"Earlier lines, 1 to {PART:,}" in page
    assert f"Later lines, {2 * PART + 1:,} to {3 * PART:,}" in page
    assert f'href="/runs/{run.id}?line={2 * PART + 1}#L{2 * PART + 1}"' in page
    assert len(page) < 500_000


def test_the_lines_of_a_long_text_have_addresses_that_open_their_part(
    client: FlaskClient, monitor: Monitor
) -> None:
    run = run_with(monitor, long_text())

    page = see(client, f"/runs/{run.id}?line={PART + 9}")

    number = PART + 9
    assert f'href="/runs/{run.id}?line={PART + 1}#L{number}" data-number="{number}"' in page


@pytest.mark.parametrize(
    ("more", "line", "lines", "on"),
    [
        ("later", PART + 1, (PART + 1, 2 * PART), "Later lines"),
        ("later", 2 * PART + 1, (2 * PART + 1, 3 * PART), None),
        ("earlier", PART + 1, (PART + 1, 2 * PART), "Earlier lines"),
        ("earlier", 1, (1, PART), None),
    ],
)
def test_a_long_text_is_gone_on_with_one_way(
    client: FlaskClient,
    monitor: Monitor,
    more: str,
    line: int,
    lines: tuple[int, int],
    on: str | None,
) -> None:
    run = run_with(monitor, long_text())

    part = client.get(f"/runs/{run.id}/log-lines?more={more}&line={line}", headers=HTMX).text

    assert (shown(part)[0], shown(part)[-1]) == lines
    assert re.findall("Later lines|Earlier lines", part) == ([on] if on else [])


@pytest.mark.parametrize("line", ["x", "", "-3", "1e9", "99999999999999999999"])
def test_a_line_that_is_not_there_is_no_reason_to_show_nothing(
    client: FlaskClient, monitor: Monitor, line: str
) -> None:
    run = run_with(monitor, "only")

    assert shown(see(client, f"/runs/{run.id}?line={line}")) == [1]


def test_the_whole_text_can_be_copied_and_downloaded(client: FlaskClient, monitor: Monitor) -> None:
    run = run_with(monitor, long_text())

    page = see(client, f"/runs/{run.id}")

    assert f'data-copy="/api/runs/{run.id}/logs.txt"' in page
    assert f'href="/api/runs/{run.id}/logs.txt" download' in page
    assert client.get(f"/api/runs/{run.id}/logs.txt").text == long_text()
