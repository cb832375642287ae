"""Monitors and tags at a glance: a line of JSON, and a badge."""

from werkzeug.exceptions import NotFound

from webapp.api.endpoint import Answer, Text, endpoint, kept
from webapp.badge import Badge
from webapp.clock import utc_now
from webapp.found import found
from webapp.models import Monitor
from webapp.models.tag_state import TagState
from webapp.schemas.status import NO_RUN_YET, Failing, MonitorStatus, TagBrief, TagStatus

SVG = Text(("image/svg+xml",))
FAILS = {"warn": ("warn", "alert", "error"), "alert": ("alert", "error"), None: ()}


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/status",
    "Tell how a Monitor stands, on one line",
    query=Failing,
    answers={200: MonitorStatus, 503: MonitorStatus},
)
def show_monitor_status(monitor_id: int, query: Failing) -> Answer:
    monitor = found(Monitor, monitor_id)
    fails = monitor.state in FAILS[query.fail] and not monitor.muted
    return Answer(monitor, 503 if fails else 200)


@endpoint(
    "GET",
    "/monitors/<id:monitor_id>/badge.svg",
    "Draw how a Monitor stands",
    answers={200: SVG, 304: None},
)
def show_monitor_badge(monitor_id: int) -> Answer:
    monitor = found(Monitor, monitor_id)
    told = f"{monitor.state}, muted" if monitor.muted else monitor.state
    sentence = monitor.standing.sentence if monitor.standing else NO_RUN_YET
    return _drawn(Badge(monitor.name, monitor.state, told, f"{monitor.name}: {told}. {sentence}"))


@endpoint("GET", "/tags", "List the tags", answers={200: list[TagBrief]})
def list_tags() -> Answer:
    return Answer(TagState.all(utc_now()))


@endpoint(
    "GET",
    "/tags/<tag:tag>/status",
    "Tell how the Monitors of a tag stand, on one line",
    query=Failing,
    answers={200: TagStatus, 503: TagStatus},
)
def show_tag_status(tag: str, query: Failing) -> Answer:
    state = _found(tag)
    return Answer(state, 503 if state.state in FAILS[query.fail] else 200)


@endpoint(
    "GET",
    "/tags/<tag:tag>/badge.svg",
    "Draw how the Monitors of a tag stand",
    answers={200: SVG, 304: None},
)
def show_tag_badge(tag: str) -> Answer:
    state = _found(tag)
    return _drawn(Badge(tag, state.state, state.state, f"{tag}: {state.state}. {state.sentence}"))


def _found(tag: str) -> TagState:
    state = TagState.of(tag, utc_now())
    if state is None:
        raise NotFound(f"No Monitor has the tag “{tag}”.")
    return state


def _drawn(badge: Badge) -> Answer:
    """It is made for the pages of other sites, and says so."""
    return kept(badge.draw(), SVG.types[0], **{"Cross-Origin-Resource-Policy": "cross-origin"})
