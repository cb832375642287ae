"""The row that an address names, or 404 with a sentence."""

from typing import TypeVar

from flask import request
from werkzeug.exceptions import BadRequest, NotFound

from webapp.extensions import Base, db
from webapp.schemas.base import MAX_ID

Row = TypeVar("Row", bound=Base)

# The converter of every id in an address: what no database column takes is no address.
ID = f"int(max={MAX_ID})"


def found(model: type[Row], row_id: int) -> Row:
    row = db.session.get(model, row_id)
    if row is None:
        raise NotFound(f"There is no {model.__name__} {row_id}.")
    return row


def id_argument(name: str) -> int | None:
    """The id in the query string by this name; None where it is not there."""
    text = request.args.get(name, "")
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID)) and int(text) <= MAX_ID:
        return int(text)
    raise BadRequest(f"“{name}” must be the id of a row, as in ?{name}=12.")
