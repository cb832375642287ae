"""What a person reads where a page cannot be given."""

from flask import Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

TITLES = {
    400: "This request cannot be read",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Still in use",
    413: "Too large",
    415: "Unknown kind of content",
    422: "Not valid",
    500: "Something broke",
    503: "Not available just now",
}
# In place of werkzeug's own sentences, which speak to programmers.
SENTENCES = {
    404: "Nothing lives at this address. It may have been deleted, or the link is mistyped.",
    405: "This address does not take that kind of request. Start from one of its pages.",
    413: "What was sent is larger than this service takes: 1 MB.",
    415: "The service does not know what to do with content of this kind.",
    500: "The service hit an error of its own. Its log has the details; nothing was half-saved.",
}
STALE_FORM = (
    "The form was out of date or came without its token, so nothing was changed. "
    "Go back, reload the page and send it again. Cookies must be allowed for this site."
)


def render(error: HTTPException) -> Response:
    """The error as a page, or as a fragment where htmx asks for one."""
    code = error.code or 500
    template = "errors/_problem.html" if "HX-Request" in request.headers else "errors/page.html"
    page = render_template(
        template, code=code, title=TITLES.get(code, error.name), sentence=_sentence(error, code)
    )
    response = make_response(page, code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value  # such as Allow of 405
    return response


def _sentence(error: HTTPException, code: int) -> str:
    if isinstance(error, CSRFError):
        return STALE_FORM
    own_words = error.description != type(error).description
    return (error.description if own_words else SENTENCES.get(code, error.description)) or ""
