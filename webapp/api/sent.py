"""The body that a request carries."""

from typing import Any

from flask import request
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


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
