"""Lists of what a search finds: a bounded number, and whether there is more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.models import LogSource, Target
from webapp.pages.arguments import text_argument

SHOWN = 100


@dataclass(frozen=True)
class Listing:
    """`text` is what was searched for; `more`: it finds more rows than these."""

    rows: Sequence[Any]
    text: str
    more: bool


def listing(noun: type[Target] | type[LogSource]) -> Listing:
    """What the `?q=` of the page's address finds. Raises BadRequest."""
    text = text_argument("q").strip()
    rows = noun.found(text, SHOWN + 1)
    return Listing(rows[:SHOWN], text, more=len(rows) > SHOWN)
