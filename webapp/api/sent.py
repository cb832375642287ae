"""What a request names and carries."""

from typing import Any, TypeVar

from flask import request
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from webapp.extensions import Base, db

Row = TypeVar("Row", bound=Base)


def load(model: type[Row], row_id: int) -> Row:
    """Raises NotFound with a sentence that names the noun."""
    return db.get_or_404(model, row_id, description=f"There is no {model.__name__} {row_id}.")


def sent_json() -> Any:
    """The body. Raises BadRequest, UnsupportedMediaType, RequestEntityTooLarge."""
    body = request.get_data(cache=False)
    # A body that named no length is cut at the limit, without a word but at the next read.
    request.stream.read(1)
    if not body.strip():
        raise BadRequest("The body is empty; send a JSON object.")
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON, with the header Content-Type: application/json.")
    try:
        # Unlike json.loads it refuses lone surrogates, and nesting without an end.
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
