"""What a person reads where a page cannot be given."""

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from webapp.pages import authoring, log_sources, targets
from webapp.pages.again import KEEPING
from webapp.pages.bad_count import BadCount

TITLES = {
    400: "This request cannot be read",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not possible now",
    413: "Too large",
    415: "Unknown kind of content",
    422: "Not valid",
    500: "Something broke",
    503: "Not available just now",
}


# Where forms are sent to, with what draws them as they were sent.
FORMS = {
    f"{page.blueprint.name}.{view}": page.again
    for page in (authoring, log_sources, targets)
    for view in page.SENT_TO
}


def render(error: HTTPException, sentence: str) -> Response:
    """The form that was sent, with the sentence on top; else the error as a page, or as a
    fragment where htmx asks for one."""
    code = error.code or 500
    if request.endpoint in FORMS and code in KEEPING:
        return make_response(FORMS[request.endpoint](code, sentence), code)
    return _page(error, code, sentence)


def _page(error: HTTPException, code: int, sentence: str) -> Response:
    template = "errors/_problem.html" if "HX-Request" in request.headers else "errors/page.html"
    title = TITLES.get(code, error.name)
    # Where the database fails, it is not asked how many Monitors are bad.
    told = {"code": code, "title": title, "sentence": sentence, "bad_count": BadCount}
    page = render_template(template, **told)
    response = make_response(page, code)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value  # such as Allow of 405
    return response
