"""A form over a schema: what was typed becomes its payload, its errors go to the fields."""

from collections.abc import Sequence
from itertools import dropwhile

from flask_wtf import FlaskForm
from wtforms import Field, Form

from webapp.schemas import Invalid

# Objects of the payload whose fields stand side by side with all others in the form.
FLAT = ("connection_config", "config", "window_config", "notification_config")
# What the schema says of a blank box, which is null in the payload.
NULL = ("This must be a string.", "This must be a whole number.", "This must not be blank.")


class SchemaForm(FlaskForm):  # type: ignore[misc]  # WTForms ships no types
    """`problems` are the sentences that belong to no field; `refused`: there are errors.

    `validate()` is never called: the token of every form is checked app-wide, and all else
    by the schema.
    """

    problems: Sequence[str] = ()
    refused = False

    def show(self, invalid: Invalid) -> None:
        """Put each error at its field, or at the top where it has none."""
        problems = []
        for error in invalid.errors:
            field, rest = self.field_at(error.field.split("."))
            if field is None:
                problems.append(error.message)
            else:
                field.errors = [*field.errors, _told(field, rest, error.message)]
        self.problems = problems
        self.refused = True

    def field_at(self, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
        """The field that a path of the payload means, and what of the path lies within it."""
        return field_of(self, path)


def field_of(form: Form, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
    inner = list(dropwhile(lambda part: part in FLAT, path))
    if inner and inner[0] in form:
        return form[inner[0]], inner[1:]
    return None, ()


def typed(field: Field) -> str:
    """What was typed, with the line ends that its author meant: browsers send CRLF."""
    return (field.data or "").replace("\r\n", "\n")


def or_none(field: Field) -> str | None:
    """What was typed, or None where that is blank."""
    return typed(field).strip() or None


def lines_of(field: Field) -> list[str]:
    """One entry a line, blank lines left out."""
    return [line.strip() for line in typed(field).split("\n") if line.strip()]


def _told(field: Field, rest: Sequence[str], message: str) -> str:
    """The message as the person at the field needs it, naming the line that it is about."""
    if message in NULL and not or_none(field):
        return "This field is required."
    if not rest:
        return message
    entry = rest[0]
    if entry.isdigit():
        lines = lines_of(field)
        entry = lines[int(entry)] if int(entry) < len(lines) else entry
    return f"{entry}: {message}"
