"""The journal's entries, and how a person knows them from `journalctl`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webapp.pipeline.clean import clean_text

# All that an entry's line needs; the cursor and the time come with every entry.
FIELDS = ("MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "_COMM", "_PID", "SYSLOG_PID", "_HOSTNAME")

# The others are what most programs log at, whatever they have to say.
_BAD = {"0": "emerg", "1": "alert", "2": "crit", "3": "err", "4": "warning"}
_CONTINUED = "\n    "


@dataclass(frozen=True)
class Entry:
    """`line` has its end; a message of several lines is as many, all but the first indented.

    `at`: microseconds since 1970.
    """

    cursor: str
    line: str
    at: int


def entries_in(text: str) -> Iterator[Entry]:
    """Of what `journalctl --output=json` printed, without what is torn or only said."""
    for line in text.split("\n"):
        fields = _fields(line)
        if fields:
            at = int(fields["__REALTIME_TIMESTAMP"])
            yield Entry(str(fields["__CURSOR"]), f"{_line(fields)}\n", at)


def _fields(line: str) -> Mapping[str, Any] | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and "__CURSOR" in fields else None


def _line(fields: Mapping[str, Any]) -> str:
    """As with `--output=short-iso`, in UTC, and with the priority of what is bad."""
    at = datetime.fromtimestamp(int(fields["__REALTIME_TIMESTAMP"]) / 1_000_000, UTC)
    program = _text(fields, "SYSLOG_IDENTIFIER") or _text(fields, "_COMM") or "unknown"
    process = _text(fields, "SYSLOG_PID") or _text(fields, "_PID")
    source = f"{program}[{process}]" if process else program
    bad = _BAD.get(_text(fields, "PRIORITY"))
    mark = f"<{bad}> " if bad else ""
    message = _CONTINUED.join(_text(fields, "MESSAGE").splitlines())
    host = _text(fields, "_HOSTNAME") or "unknown"
    return f"{at:%Y-%m-%dT%H:%M:%S%z} {host} {source}: {mark}{message}"


def _text(fields: Mapping[str, Any], name: str) -> str:
    """Clean. A field that an entry has several times is a list, and so is one that is no UTF-8."""
    value = fields.get(name)
    if isinstance(value, list) and all(isinstance(one, int) for one in value):
        value = bytes(value).decode("utf-8", "replace")
    if isinstance(value, list):
        value = value[0] if isinstance(value[0], str) else ""
    return clean_text(value or "").strip("\n")
