"""Moments as services write them, in nanoseconds since 1970."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

NANO = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9})\d*)?"
    r"[ ]?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
# Above these a number of seconds would lie thousands of years ahead: it counts a finer unit.
_UNITS = ((10**17, 1), (10**14, 10**3), (10**11, 10**6), (0, NANO))


@dataclass(frozen=True)
class Span:
    """From `since`, included, to `until`."""

    since: int
    until: int

    def filled_in(self, text: str) -> str:
        """With the placeholders {since}, {since_s}, {since_ms}, {since_ns} and those of until."""
        for name, moment in (("since", self.since), ("until", self.until)):
            text = text.replace(f"{{{name}}}", rfc3339(moment))
            for unit, size in (("s", NANO), ("ms", 10**6), ("ns", 1)):
                text = text.replace(f"{{{name}_{unit}}}", str(moment // size))
        return text


def rfc3339(moment: int) -> str:
    """`2026-01-31T08:00:00.123456789Z`."""
    second = _EPOCH + timedelta(seconds=moment // NANO)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{moment % NANO:09}Z"


def moment_of(value: Any) -> int | None:
    """RFC 3339, or a number of seconds, ms, µs or ns since 1970; None for what is neither."""
    if isinstance(value, str) and not re.fullmatch(r"\d{1,20}(\.\d{1,9})?", value):
        return _of_iso(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return _of_number(value)


def _of_number(value: float | str) -> int | None:
    number = float(value)
    if not 0 <= number < 10**20:
        return None
    unit = next(size for least, size in _UNITS if number >= least)
    # Whole numbers stay exact, which nanoseconds as a float would not.
    exact = str(value)
    return int(exact) * unit if exact.isdecimal() else round(number * unit)


def _of_iso(text: str) -> int | None:
    found = _ISO.fullmatch(text.strip())
    if not found:
        return None
    zone = (found["zone"] or "Z").replace("Z", "+00:00")
    try:
        second = datetime.fromisoformat(found["second"] + zone)
    except ValueError:
        return None
    seconds = (second - _EPOCH) // timedelta(seconds=1)
    return seconds * NANO + int((found["fraction"] or "0").ljust(9, "0"))
