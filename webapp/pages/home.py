from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.board import board
from webapp.clock import utc_now
from webapp.models.overview import SORTS, Choice
from webapp.pages.arguments import SILENCES, choice_argument, choice_arguments, page_argument
from webapp.pages.first_steps import first_steps
from webapp.pages.standings import standings

blueprint = Blueprint("home", __name__)

SORT_NAMES = dict(zip(SORTS, ("worst first", "by name", "last Run", "next Run"), strict=True))


@blueprint.get("/")
def index() -> str:
    """Counts by state, then the Monitors: by default all of them, worst first."""
    return render_template(
        "home/index.html",
        **_shown(),
        sorts=SORT_NAMES,
        silences=SILENCES,
        first_steps=first_steps(),
    )


@blueprint.get("/overview")
def overview() -> Response:
    """What of it changes by itself; nothing where `seen` names what the caller has."""
    if board().is_seen(request.args.get("seen", ""), choice_argument(), page_argument()):
        return Response(status=204)
    page = make_response(render_template("home/_overview.html", **_shown()))
    if "seen" not in request.args:  # somebody searched: it is to be found again at this address
        address = url_for(
            "home.index", **choice_arguments(choice_argument(), page=request.args.get("page"))
        )
        page.headers["HX-Replace-Url"] = address
    return page


def _shown() -> dict[str, Any]:
    choice, now = choice_argument(), utc_now()
    view = board().view(choice, page_argument(), now)
    return {
        "view": view,
        "drawn_lines": standings().of(view.lines, now),
        "choice": choice,
        "all": Choice(),
        "arguments": choice_arguments,
    }
