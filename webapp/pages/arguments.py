"""What the query of a page's address, or a small form, says."""

from flask import request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest

from webapp.schemas import Invalid, Silence, validate
from webapp.schemas.base import Id

_ID: TypeAdapter[int] = TypeAdapter(Id)


def id_argument(name: str) -> int | None:
    """The id by this name; None where it is not there. Raises BadRequest."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return _ID.validate_python(text)
    except ValidationError:
        raise BadRequest(f"“{name}” must be the id of a row, as in ?{name}=12.") from None


def silence_sent() -> Silence:
    """How long to be silent, from the form that was sent. Raises BadRequest."""
    try:
        return validate(Silence, {"seconds": request.form.get("seconds") or None})
    except Invalid as invalid:
        raise BadRequest(f"“seconds”: {invalid.errors[0].message}") from None
