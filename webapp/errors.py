"""Every error becomes an answer: JSON for scripts, a page for people."""

from collections.abc import Callable

import structlog
from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError, TimeoutError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    HTTPException,
    NotFound,
    ServiceUnavailable,
    UnprocessableEntity,
)
from werkzeug.wrappers import Response

from webapp.door import wants_json
from webapp.models import InUse, NotResent
from webapp.pages import errors as pages
from webapp.pages.again import STALE_FORM
from webapp.pipeline.preview import TooMany
from webapp.schemas import Invalid, Problem

log = structlog.stdlib.get_logger(__name__)

INVALID = "What was sent is not valid, and nothing was changed."
GONE = "This was deleted in the meantime."
RACED = "Something that this stands on changed at the same time; look at it and try again."
DATABASE_DOWN = "The database does not answer; try again in a moment."
# In place of Werkzeug's own sentences, which speak of URLs and spelling.
SENTENCES = {
    404: "There is nothing at this address; it may be mistyped, or what was here was deleted.",
    405: "This address does not take that method; the Allow header names those it takes.",
    413: "What was sent is larger than this service takes: 1 MB.",
    500: "The service hit an error of its own; its log has the details.",
}
MEANINGS: dict[type[Exception], Callable[[Exception], HTTPException]] = {
    CSRFError: lambda _: BadRequest(STALE_FORM),
    InUse: lambda error: Conflict(str(error)),
    NotResent: lambda error: Conflict(str(error)),
    IntegrityError: lambda _: Conflict(RACED),
    ObjectDeletedError: lambda _: NotFound(GONE),
    StaleDataError: lambda _: NotFound(GONE),
    TooMany: lambda error: ServiceUnavailable(str(error)),
    OperationalError: lambda error: _unavailable(error),
    # As from a PostgreSQL that became read-only when another took over.
    InternalError: lambda error: _unavailable(error),
    TimeoutError: lambda error: _unavailable(error),
}


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Invalid, _answer_invalid)
    for kind, meaning in MEANINGS.items():
        app.register_error_handler(kind, lambda error, meaning=meaning: _answer(meaning(error)))


def _answer(error: HTTPException) -> ResponseReturnValue:
    if not wants_json(request.environ):
        return pages.render(error, _sentence(error))
    return _json(error, Problem(error=_sentence(error)))


def _answer_invalid(error: Invalid) -> ResponseReturnValue:
    unprocessable = UnprocessableEntity(str(error))
    if not wants_json(request.environ):
        return pages.render(unprocessable, _sentence(unprocessable))
    return _json(unprocessable, Problem(error=INVALID, errors=error.errors))


def _unavailable(error: Exception) -> HTTPException:
    log.warning("database does not answer", reason=str(error.__cause__ or error))
    return ServiceUnavailable(DATABASE_DOWN)


def _json(error: HTTPException, problem: Problem) -> Response:
    """Werkzeug's own response, which carries what belongs to it, such as Allow."""
    response = Response(f"{problem.model_dump_json()}\n", error.code, error.get_headers())
    response.content_type = "application/json"
    return response


def _sentence(error: HTTPException) -> str:
    """Its own, where it has one that is not Werkzeug's for all errors of its kind."""
    own_words = error.description != type(error).description
    return (error.description if own_words else SENTENCES.get(error.code or 500)) or error.name
