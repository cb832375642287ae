"""Lists of what a search finds: a bounded number, and whether there is more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from webapp.models import LogSource, Target

SHOWN = 100
# More is no search.
MAX_TEXT = 200


@dataclass(frozen=True)
class Listing:
    """`text` is what was searched for; `more`: it finds more rows than these."""

    rows: Sequence[Any]
    text: str
    more: bool


def listing(noun: type[Target] | type[LogSource]) -> Listing:
    """What the `?q=` of the page's address finds."""
    text = request.args.get("q", "").strip()[:MAX_TEXT]
    rows = noun.found(text, SHOWN + 1)
    return Listing(rows[:SHOWN], text, more=len(rows) > SHOWN)
