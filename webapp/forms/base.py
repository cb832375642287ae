"""A form over a schema: what was typed becomes its payload, its errors go to the fields."""

from collections.abc import Sequence
from itertools import dropwhile
from typing import Any, NamedTuple

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, Form, RadioField, TextAreaField
from wtforms.widgets import TextInput

from webapp.forms.pick import Pick
from webapp.schemas import Invalid
from webapp.schemas.monitor import NOWHERE

# Objects of the payload whose fields stand side by side with all others in the form.
FLAT = (
    "connection_config",
    "config",
    "window_config",
    "rules",
    "privacy_config",
    "verdict_config",
    "cost_config",
    "budget",
    "notification_config",
)
# What the schema says of a blank box, which is null in the payload.
NULL = ("This must be a string.", "This must be a whole number.", "This must not be blank.")


class Complaint(NamedTuple):
    """An error for the top of the form; `place` is the id of what to go to, None where nowhere."""

    place: str | None
    called: str
    message: str


class NumberBox(TextInput):  # type: ignore[misc]  # WTForms ships no types
    """A box of text, for which a phone shows digits.

    In a box of numbers a browser drops what is none, and where a wrong one stands out of sight it
    sends no form and says nothing.
    """

    def __call__(self, field: Field, **attributes: Any) -> Markup:
        box: Markup = super().__call__(field, **{"inputmode": "numeric"} | attributes)
        return box


class SchemaForm(FlaskForm):  # type: ignore[misc]  # WTForms ships no types
    """`complaints` are all errors, in the order of the fields; `refusal` is the sentence that says
    why the form was not taken, where that is not in its fields.

    `validate()` is never called: the token of every form is checked app-wide, and all else
    by the schema.
    """

    complaints: Sequence[Complaint] = ()
    refusal: str | None = None

    @property
    def refused(self) -> bool:
        return bool(self.complaints or self.refusal)

    def show(self, invalid: Invalid) -> None:
        """Put each error at its field, and all of them at the top; the first one has the focus."""
        complaints = []
        for error in invalid.errors:
            field, rest = self.field_at(error.field.split("."))
            if field is None:
                complaints.append(Complaint(None, "", error.message))
                continue
            message = _told(field, rest, error.message)
            field.errors = [*field.errors, message]
            complaints.append(Complaint(_first_box(field), self.called(field), message))
        shown = [_first_box(field) for field in self.in_order()]
        self.complaints = sorted(complaints, key=lambda one: _rank(one, shown))
        self.focus(next((one.place for one in self.complaints if one.place), None))

    def in_order(self) -> Sequence[Field]:
        """Its fields as the page shows them."""
        return list(self)

    def called(self, field: Field) -> str:
        """The field's name where it stands alone."""
        return str(field.label.text)

    def focus(self, place: str | None) -> None:
        """Let the browser begin at the field whose box has this id."""
        for field in self.in_order():
            field.focused = place is not None and _first_box(field) == place

    def field_at(self, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
        """The field that a path of the payload means, and what of the path lies within it."""
        return field_of(self, path)


def field_of(form: Form, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
    inner = list(dropwhile(lambda part: part in FLAT, path))
    for name in (inner[0], inner[0].removesuffix("_id")) if inner else ():
        if name in form:  # what picks a row by its name is called by its noun
            return form[name], inner[1:]
    return None, ()


def typed(field: Field) -> str:
    """What was typed, with the line ends that its author meant: browsers send CRLF."""
    return (field.data or "").replace("\r\n", "\n")


def or_none(field: Field) -> str | None:
    """What was typed, or None where that is blank."""
    return typed(field).strip() or None


def words_of(field: Field) -> list[str]:
    """One entry between commas, blank ones left out."""
    return [word.strip() for word in typed(field).split(",") if word.strip()]


def patterns_of(field: Field) -> list[str]:
    """One a line, blank lines left out; a blank at the end of one is a part of it."""
    return [line for line in typed(field).split("\n") if line.strip()]


def lines_of(field: Field) -> list[str]:
    """One entry a line, blank lines left out."""
    return [line.strip() for line in typed(field).split("\n") if line.strip()]


def _told(field: Field, rest: Sequence[str], message: str) -> str:
    """The message as the person at the field needs it, naming the line that it is about."""
    if isinstance(field, Pick) and field.problem:
        return field.problem
    if message in NULL and not or_none(field):
        return "This field is required."
    if message == NOWHERE:
        return "Say where it reads: pick a Target, or a LogSource."
    if not rest:
        return message
    entry = rest[0]
    if entry.isdigit():
        entries = lines_of(field) if isinstance(field, TextAreaField) else words_of(field)
        entry = entries[int(entry)] if int(entry) < len(entries) else entry
    return f"{entry}: {message}"


def _first_box(field: Field) -> str:
    """The id of what the keyboard goes to: a choice is many boxes."""
    return f"{field.id}-0" if isinstance(field, RadioField) else str(field.id)


def _rank(complaint: Complaint, shown: Sequence[str]) -> int:
    return shown.index(complaint.place) if complaint.place in shown else -1
