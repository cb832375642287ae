import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wtforms import StringField

from webapp.models import LogSource, Target

# More makes a form slow to open, and nobody reads them.
MOST_OFFERED = 50
# No longer id fits into the column, which PostgreSQL would refuse to compare.
NAME_AND_ID = re.compile(r"(.+) \(id ([0-9]{1,9})\)")


class Offered(NamedTuple):
    """A row as the list offers it: what is typed for it, and what it is beside that."""

    called: str
    about: str
    id: int


class Pick(StringField):  # type: ignore[misc]  # WTForms ships no types
    """One row, by its name as somebody types it or takes it from the list that the browser shows.

    Where rows share a name, each is called by its id too. A form is filled with the id. `about`
    says what a row is, to be told from others of its name. Nothing is asked of the database
    before `find` or `offer`; then `chosen` is the id of the row that is named, None where none is.
    """

    data: Any
    offered: Sequence[Offered] = ()
    chosen: int | None = None
    shared = False

    def __init__(
        self,
        label: str,
        rows: type[Target] | type[LogSource],
        about: Callable[[Any], str],
        **more: Any,
    ) -> None:
        super().__init__(label, **more)
        self.rows, self.about = rows, about

    def offer(self, text: str = "") -> None:
        """The first of the rows that have every word of the text in their name."""
        found = self.rows.named(_name_in(text)[0], MOST_OFFERED + 1)
        shown = found[:MOST_OFFERED]
        called = _called(self.rows, shown)
        self.offered = [Offered(called[row.id], self.about(row), row.id) for row in shown]
        if len(found) > MOST_OFFERED:
            self.description += (
                f". The list has {MOST_OFFERED} of them; the name of any other can be typed"
            )

    def find(self) -> None:
        """The row that is typed, or that the form is filled with."""
        if isinstance(self.data, int):
            row = self.rows.get(self.data)
            self.data = _called(self.rows, [row])[row.id] if row else ""
            self.chosen = row.id if row else None
        elif self.typed:
            ids = self.rows.ids_called(self.typed, *_name_in(self.typed))
            self.chosen = ids[0] if len(ids) == 1 else None
            self.shared = len(ids) > 1

    def take_the_only_one(self) -> None:
        """Where there is but one, it is meant."""
        if len(self.offered) == 1:
            (only,) = self.offered
            self.data, self.chosen = only.called, only.id

    @property
    def typed(self) -> str:
        return (self.data or "").strip()

    @property
    def list_id(self) -> str:
        return f"{self.id.replace('_', '-')}-offered"

    @property
    def sent(self) -> int | str | None:
        """As the payload has it; what names no row is no id, so that the schema refuses it."""
        return self.chosen or (f"“{self.typed}”" if self.typed else None)

    @property
    def problem(self) -> str | None:
        """Where what is typed names no row, or more than one, the sentence that says so."""
        if not isinstance(self.sent, str):
            return None
        if self.shared:
            return f"More than one {self.label.text} is called {self.sent}. Choose from the list."
        return f"There is no {self.label.text} {self.sent}. Choose one from the list."


def _called(
    rows: type[Target] | type[LogSource], shown: Sequence[Target | LogSource]
) -> dict[int, str]:
    """What is typed for each of them, by id."""
    shared = rows.names_shared([row.name for row in shown])
    return {r.id: f"{r.name} (id {r.id})" if r.name in shared else r.name for r in shown}


def _name_in(typed: str) -> tuple[str, int | None]:
    """The name, and the id where it is typed behind it."""
    match = NAME_AND_ID.fullmatch(typed)
    return (match[1], int(match[2])) if match else (typed, None)
