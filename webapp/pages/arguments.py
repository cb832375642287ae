"""What the query of a page's address, or a small form, says."""

from collections.abc import Collection
from typing import Any

from flask import request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest

from webapp.fields import CleanText, Id
from webapp.models.overview import SORTS, STATES, Choice
from webapp.schemas import Invalid, Silence, validate
from webapp.sentences import sentence

# How long nobody is told, in seconds, as forms offer it.
SILENCES = (
    ("1 hour", 3600),
    ("4 hours", 14_400),
    ("1 day", 86_400),
    ("1 week", 604_800),
    ("until unmuted", None),
)
# Of what is searched for; more is no search.
MAX_TEXT = 200
FIRST_PAGE = ("page", 1)
_ID: TypeAdapter[int] = TypeAdapter(Id)
_TEXT: TypeAdapter[str] = TypeAdapter(CleanText)


def id_argument(name: str) -> int | None:
    """The id by this name; None where it is not there. Raises BadRequest."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return _ID.validate_python(text)
    except ValidationError:
        raise BadRequest(f"“{name}” must be the id of a row, as in ?{name}=12.") from None


def text_argument(name: str) -> str:
    """The words by this name; empty where there are none. Raises BadRequest.

    PostgreSQL takes no NUL, and nobody types a control character.
    """
    try:
        return _TEXT.validate_python(request.args.get(name, ""))[:MAX_TEXT]
    except ValidationError as error:
        raise BadRequest(f"“{name}”: {sentence(error.errors()[0])}") from None


def choice_argument() -> Choice:
    """Which Monitors are asked for. Raises BadRequest."""
    return Choice(
        text=text_argument("q").strip(),
        state=one_of("status", STATES),
        target_id=id_argument("target_id"),
        tag=text_argument("tag").strip().lower() or None,
        sort=one_of("sort", SORTS) or SORTS[0],
    )


def one_of(name: str, known: Collection[str]) -> str | None:
    """What the address says by this name; None where it says nothing. Raises BadRequest."""
    value = request.args.get(name) or None
    if value not in (None, *known):
        raise BadRequest(f"“{name}” must be one of {', '.join(known)}.")
    return value


def choice_arguments(choice: Choice, **changed: Any) -> dict[str, Any]:
    """The choice as the query of an address, with what `changed` says; defaults are left out."""
    asked = {
        "q": choice.text,
        "status": choice.state,
        "target_id": choice.target_id,
        "tag": choice.tag,
        "sort": None if choice.sort == SORTS[0] else choice.sort,
    }
    asked |= changed
    return {n: value for n, value in asked.items() if value and (n, value) != FIRST_PAGE}


def page_argument() -> int:
    """Which page of a list, from 1. Raises BadRequest."""
    return id_argument("page") or 1


def silence_sent() -> Silence:
    """How long to be silent, from the form that was sent. Raises BadRequest."""
    try:
        return validate(Silence, {"seconds": request.form.get("seconds") or None})
    except Invalid as invalid:
        raise BadRequest(f"“seconds”: {invalid.errors[0].message}") from None
