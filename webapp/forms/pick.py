from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from wtforms import StringField


class Named(Protocol):
    id: Any
    name: Any


class Offered(NamedTuple):
    """A row as the list offers it: what is typed for it, and what it is beside that."""

    called: str
    about: str
    id: int


class Pick(StringField):  # type: ignore[misc]  # WTForms ships no types
    """One row, by its name as somebody types it or takes it from the list that the browser shows.

    Where rows share a name, each is called by its id too. A form is filled with the id.
    """

    data: Any
    offered: Sequence[Offered] = ()

    def offer(self, rows: Sequence[tuple[Named, str]]) -> None:
        """Each row with what it is, to be told from others of its name."""
        shared = Counter(row.name for row, _ in rows)
        self.offered = [
            Offered(
                row.name if shared[row.name] == 1 else f"{row.name} (id {row.id})", about, row.id
            )
            for row, about in rows
        ]
        if isinstance(self.data, int):
            self.data = next((one.called for one in self.offered if one.id == self.data), "")

    @property
    def list_id(self) -> str:
        return f"{self.id}-offered"

    @property
    def chosen(self) -> int | None:
        """The id of the row that is named; None where none is."""
        typed = (self.data or "").strip()
        return next((one.id for one in self.offered if one.called == typed), None)

    @property
    def sent(self) -> int | str | None:
        """As the payload has it; what names no row is no id, so that the schema refuses it."""
        typed = (self.data or "").strip()
        return self.chosen or (f"“{typed}”" if typed else None)

    @property
    def problem(self) -> str | None:
        """Where what is typed names no row, the sentence that says so."""
        if not isinstance(self.sent, str):
            return None
        return f"There is no {self.label.text} {self.sent}. Choose one from the list."
