"""Values as people read them: times, sizes, durations, counts."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from webapp.clock import iso, utc_now
from webapp.pages.bad_count import BadCount
from webapp.schedule import runs_a_month
from webapp.schemas.log_source import place_of
from webapp.sentences import as_sentence

CORRECTIONS = {"false_alarm": "false alarm", "missed": "missed something"}
MINUTE, HOUR, DAY = 60, 3600, 86_400
# Longest first; each is told in the unit before it up to its own limit in seconds.
UNITS = ((MINUTE, 1, "s"), (HOUR, MINUTE, "min"), (2 * DAY, HOUR, "h"))


def register(app: Flask) -> None:
    app.context_processor(_moment)
    app.jinja_env.globals["public_url"] = app.extensions["settings"].public_url
    for show in FILTERS:
        app.add_template_filter(show)


def _moment() -> dict[str, Any]:
    """The one moment that a page is made for, and what is asked of it only where it is shown."""
    now = utc_now()
    return {"now": now, "bad_count": lambda: BadCount.at(now)}


def relative(moment: datetime, now: datetime) -> str:
    """`5 min ago`, `in 30 s`; `now` within two seconds."""
    seconds = round((moment - now) / timedelta(seconds=1))
    if abs(seconds) < 2:
        return "now"
    span = _span(abs(seconds))
    return f"in {span}" if seconds > 0 else f"{span} ago"


def place(item: Mapping[str, Any]) -> str:
    """What an Input reads, in short."""
    return place_of(item["mode"], item["config"])


def coming(moment: datetime, now: datetime) -> str:
    """Of what is planned: `in 30 s`, and `due` once its time has come."""
    return relative(moment, now) if moment > now else "due"


def absolute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def duration(milliseconds: int) -> str:
    """`40 ms`, `1.5 s`, `2 min 5 s`, `1 h 3 min`."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 10_000:
        return f"{milliseconds / 1000:.1f} s"
    seconds = round(milliseconds / 1000)
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return _two(seconds, MINUTE, "min", 1, "s")
    return _two(seconds, HOUR, "h", MINUTE, "min")


def interval(seconds: int) -> str:
    """`5 min` for 300; `1 min 30 s` for 90; `7 d` for a week."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return duration(seconds * 1000) if seconds >= MINUTE else f"{seconds} s"


def size(number_of_bytes: int) -> str:
    """`820 B`, `12 kB`, `3.4 MB`, in powers of 1000."""
    value = float(number_of_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.1f} {unit}" if unit != "B" and value < 9.95 else f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def number(value: int) -> str:
    return f"{value:,}"


def count(value: int, noun: str) -> str:
    """`1 line`, `1,234 lines`."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def correction(kind: str) -> str:
    """What people said of a Run, in a word or two."""
    return CORRECTIONS[kind]


def code(text: str) -> Markup:
    """With what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


def dollars(amount: float) -> str:
    """`$12.40`; below a dollar the first two digits that count: `$0.0042`; `$0` for nothing."""
    if amount >= 1:
        return f"${amount:,.2f}"
    if amount == 0:
        return "$0"
    digits = max(2, 1 - math.floor(math.log10(amount)))
    return f"${amount:.{digits}f}"


def month(first: date) -> str:
    """As addresses have it: `2026-01`."""
    return f"{first:%Y-%m}"


def month_name(first: date) -> str:
    return f"{first:%B %Y}"


def _span(seconds: int) -> str:
    for limit, unit, name in UNITS:
        if seconds < limit:
            return f"{seconds // unit} {name}"
    return f"{seconds // DAY} d"


def _two(seconds: int, unit: int, name: str, smaller: int, smaller_name: str) -> str:
    whole, rest = divmod(seconds, unit)
    return f"{whole} {name} {rest // smaller} {smaller_name}".removesuffix(f" 0 {smaller_name}")


FILTERS = (
    *(iso, absolute, relative, coming, duration, interval),
    *(size, number, count, dollars, runs_a_month, code, correction, place, as_sentence),
    *(month, month_name),
)
