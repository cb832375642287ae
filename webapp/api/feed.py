"""The newest Runs that went wrong, as Atom."""

from flask import current_app, url_for
from werkzeug.exceptions import NotFound

from webapp.api.endpoint import Answer, Text, endpoint, kept
from webapp.clock import utc_now
from webapp.feed import TYPE, Entry, atom, entry_id
from webapp.found import found
from webapp.models import Monitor, MonitorTag, Run, bad_runs
from webapp.pipeline.notify.defuse import defused

ATOM = Text((TYPE,))
MOST = 50
ANSWERS = {200: ATOM, 304: None}


@endpoint("GET", "/feed.atom", "Tell the newest bad Runs as Atom", answers=ANSWERS)
def show_feed() -> Answer:
    runs = bad_runs.newest(utc_now(), MOST)
    return _fed("Bad Runs", "/feed.atom", url_for("home.index"), runs)


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/feed.atom",
    "Tell the newest bad Runs of a Monitor as Atom",
    answers=ANSWERS,
)
def show_monitor_feed(monitor_id: int) -> Answer:
    monitor = found(Monitor, monitor_id)
    runs = bad_runs.newest(utc_now(), MOST, monitor_id=monitor_id)
    page = url_for("monitors.show", monitor_id=monitor_id)
    return _fed(f"Bad Runs of {monitor.name}", f"{page}/feed.atom", page, runs)


@endpoint(
    "GET",
    "/tags/<tag:tag>/feed.atom",
    "Tell the newest bad Runs of the Monitors of a tag as Atom",
    answers=ANSWERS,
)
def show_tag_feed(tag: str) -> Answer:
    if tag not in MonitorTag.numbers():
        raise NotFound(f"No Monitor has the tag “{tag}”.")
    runs = bad_runs.newest(utc_now(), MOST, tag=tag)
    return _fed(
        f"Bad Runs of {tag}", f"/tags/{tag}/feed.atom", url_for("home.index", tag=tag), runs
    )


def _fed(title: str, path: str, page: str, runs: list[Run]) -> Answer:
    public = current_app.extensions["settings"].public_url
    entries = [_entry(run, public) for run in runs]
    feed = atom(f"{title} · AI Log Monitor", f"{public}{path}", f"{public}{page}", entries)
    return kept(feed, TYPE)


def _entry(run: Run, public: str) -> Entry:
    assert run.finished_at, "only those that ended are asked for"
    name = run.monitor.name
    return Entry(
        id=entry_id(run.id, run.created_at),
        title=f"{run.status}: {name}: {_sentence(run)}",
        address=f"{public}{url_for('runs.show', run_id=run.id)}",
        author=name,
        updated=run.finished_at,
        content=_content(run),
    )


def _sentence(run: Run) -> str:
    return defused(run.sentence or "It said nothing.")


def _content(run: Run) -> str:
    """What a notification would say: the sentence, what was found with its quotes, and advice.

    Many a reader hands it on to a chat.
    """
    found_so = [
        f"{one['severity']}: {defused(one['explanation'])}{_quote(one)}" for one in run.findings
    ]
    advice = [f"- {defused(line)}" for line in run.recommendations]
    return "\n\n".join(filter(None, (_sentence(run), "\n".join(found_so), "\n".join(advice))))


def _quote(finding: dict[str, str | None]) -> str:
    return f"\n    {defused(finding['quote'])}" if finding["quote"] else ""
