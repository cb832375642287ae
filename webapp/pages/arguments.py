"""What the query of a page's address says."""

from flask import request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest

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
