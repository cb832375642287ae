"""The feeds of bad Runs, as a feed reader reads them."""

from datetime import datetime, timedelta
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW, finished_run, new_monitor
from webapp.config import Settings

ATOM = "{http://www.w3.org/2005/Atom}"
READER = {"Accept": "application/atom+xml, text/xml;q=0.9, */*;q=0.8"}
FINDING = {
    "severity": "alert",
    "label": "LOGS",
    "line": 2,
    "quote": "ERROR disk is full",
    "explanation": "The disk is full.",
    "verified": True,
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_url": "https://monitor.example.com/"})


@BOTH_DATABASES
def test_bad_runs_come_newest_first_each_with_its_sentence_and_link(client: FlaskClient) -> None:
    monitor = new_monitor(name="BTC bot")
    finished_run(monitor, NOW, verdict="ok")
    finished_run(monitor, _later(1), verdict="warn", summary="It is slow.")
    finished_run(monitor, _later(2), verdict="error", error_kind="lost", error_message="It died.")
    finished_run(monitor, _later(3), verdict="alert", summary="An order was filled twice.")

    feed = _read(client, "/feed.atom")

    assert [_said(entry) for entry in _entries(feed)] == [
        ("alert: BTC bot: An order was filled twice.", "https://monitor.example.com/runs/4"),
        ("error: BTC bot: It died.", "https://monitor.example.com/runs/3"),
        ("warn: BTC bot: It is slow.", "https://monitor.example.com/runs/2"),
    ]
    assert feed.findtext(f"{ATOM}updated") == "2026-01-31T08:03:00.000Z"
    assert [link.get("href") for link in feed.findall(f"{ATOM}link")] == [
        "https://monitor.example.com/feed.atom",
        "https://monitor.example.com/",
    ]


def test_an_entry_tells_what_was_found_and_what_to_do_as_text(client: FlaskClient) -> None:
    said = {"summary": "The disk is full.", "findings": [FINDING], "recommendations": ["Buy more."]}
    finished_run(new_monitor(name="Disks"), verdict="alert", **said)

    (entry,) = _entries(_read(client, "/feed.atom"))

    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.get("type", "text") == "text"
    assert content.text == (
        "The disk is full.\n\nalert: The disk is full.\n    ERROR disk is full\n\n- Buy more."
    )
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Disks"


@BOTH_DATABASES
def test_a_tag_and_a_monitor_have_feeds_of_their_own(client: FlaskClient) -> None:
    for name, tags in (("one", ["prod"]), ("two", ["test"]), ("three", ["prod"])):
        finished_run(new_monitor(name=name, tags=tags), verdict="alert", summary="It burns.")

    feeds = {
        path: _read(client, path) for path in ("/tags/prod/feed.atom", "/monitors/2/feed.atom")
    }

    assert {path: [_said(e)[0] for e in _entries(feed)] for path, feed in feeds.items()} == {
        "/tags/prod/feed.atom": ["alert: three: It burns.", "alert: one: It burns."],
        "/monitors/2/feed.atom": ["alert: two: It burns."],
    }


def test_what_is_muted_is_left_out_as_long_as_it_is(client: FlaskClient) -> None:
    monitor = new_monitor()
    finished_run(monitor, verdict="alert")

    monitor.mute(NOW, None)
    muted = _entries(_read(client, "/feed.atom"))
    monitor.unmute()

    assert muted == []
    assert len(_entries(_read(client, "/feed.atom"))) == 1


def test_no_more_than_fifty_are_told(client: FlaskClient) -> None:
    monitor = new_monitor()
    for minute in range(51):
        finished_run(monitor, _later(minute), verdict="warn", summary=f"No. {minute}")

    entries = _entries(_read(client, "/feed.atom"))

    assert len(entries) == 50
    assert _said(entries[-1])[0] == "warn: Shop: No. 1"


def test_an_id_is_the_same_each_time_and_no_other_runs(client: FlaskClient) -> None:
    monitor = new_monitor()
    finished_run(monitor, NOW, verdict="alert")
    (first,) = _ids(client)

    finished_run(monitor, _later(1), verdict="alert")

    assert _ids(client)[1] == first
    assert len(set(_ids(client))) == 2
    assert first.startswith("urn:uuid:")


def test_a_feed_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    monitor = new_monitor()
    finished_run(monitor, NOW, verdict="alert")
    known = {"If-None-Match": client.get("/feed.atom", headers=READER).headers["ETag"]}

    same = client.get("/feed.atom", headers=READER | known)
    finished_run(monitor, _later(1), verdict="alert")
    other = client.get("/feed.atom", headers=READER | known)

    assert (same.status_code, same.data) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize(
    "hostile",
    [
        "</content></entry><script>alert(1)</script>",
        "]]> &undefined; <![CDATA[ {{7*7}}",
        "a\x1b[31mb\x0cc\ufffed\uffff\u202ee\u2028f",
    ],
    ids=["markup", "entities", "controls"],
)
def test_whatever_a_log_says_the_feed_stays_one(client: FlaskClient, hostile: str) -> None:
    finding = FINDING | {"quote": hostile, "explanation": hostile}
    finished_run(
        new_monitor(),
        verdict="alert",
        summary=hostile,
        findings=[finding],
        recommendations=[hostile],
    )

    (entry,) = _entries(_read(client, "/feed.atom"))

    kinds = {part.tag.removeprefix(ATOM) for part in entry.iter()}
    assert kinds == {"entry", "id", "title", "updated", "link", "author", "name", "content"}


def test_nothing_that_a_log_says_is_a_link_or_calls_anybody(client: FlaskClient) -> None:
    bad = "@here https://evil.com/a evil.com/login bob@evil.com"
    finding = FINDING | {"quote": bad, "explanation": bad}
    said = {"summary": bad, "findings": [finding], "recommendations": [bad]}
    finished_run(new_monitor(name="Mail of shop.example.com"), verdict="alert", **said)

    (entry,) = _entries(_read(client, "/feed.atom"))

    told = f"{entry.findtext(f'{ATOM}title')} {entry.findtext(f'{ATOM}content')}"
    assert "evil.com" not in told
    assert "https://" not in told
    assert "@here" not in told
    assert told.count("https[:]//evil[.]com/a evil[.]com/login bob@evil[.]com") == 5
    assert "Mail of shop.example.com" in told


def test_an_empty_feed_is_a_feed(client: FlaskClient) -> None:
    feed = _read(client, "/feed.atom")

    assert _entries(feed) == []
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00.000Z"


@pytest.mark.parametrize("path", ["/tags/none/feed.atom", "/monitors/9/feed.atom"])
def test_a_feed_of_nothing_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=READER)

    assert (answer.status_code, list(answer.json)) == (404, ["error", "errors"])


def test_every_page_names_the_feed(client: FlaskClient) -> None:
    page = client.get("/targets", headers={"Accept": "text/html"}).text

    assert (
        '<link rel="alternate" type="application/atom+xml" title="Bad Runs" href="/api/feed.atom">'
        in page
    )


def _read(client: FlaskClient, path: str) -> Element:
    answer = client.get(path, headers=READER)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    return ElementTree.fromstring(answer.data)


def _entries(feed: Element) -> list[Element]:
    return feed.findall(f"{ATOM}entry")


def _said(entry: Element) -> tuple[str | None, str | None]:
    link = entry.find(f"{ATOM}link")
    assert link is not None
    return entry.findtext(f"{ATOM}title"), link.get("href")


def _ids(client: FlaskClient) -> list[str]:
    return [entry.findtext(f"{ATOM}id") or "" for entry in _entries(_read(client, "/feed.atom"))]


def _later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)
