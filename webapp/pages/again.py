"""A form that was refused for what is not in it comes back as it was sent: nothing is lost.

The database may be what is wrong, so that nothing is asked of it.
"""

from typing import NamedTuple

from flask import request

from webapp.forms.base import SchemaForm

# Where whoever sent it can mend it or wait. The others let nobody in, or read nothing.
KEEPING = (400, 404, 409, 500, 503)
STALE_FORM = (
    "The form was out of date or came without its token, so nothing was changed. "
    "Go back, reload the page and send it again. Cookies must be allowed for this site."
)
# In its place where the form comes back.
FRESH = (
    "This form came without its token or with an old one, as after cookies were cleared. It has a "
    "new one now: send it again. Cookies must be allowed for this site."
)
STILL_HERE = "Nothing was saved, and all that was typed is still here."


class Row(NamedTuple):
    """Stands for the row that a form changes."""

    id: int
    name: str


def refuse(form: SchemaForm, code: int, sentence: str) -> None:
    """Say on top of the form why it was not taken."""
    told = FRESH if sentence == STALE_FORM else sentence
    anew = " To save makes a new one." if code == 404 else ""
    form.refusal = f"{told} {STILL_HERE}{anew}"


def changed_by(form: SchemaForm, code: int, called: str) -> Row | None:
    """What the form was sent to change, by its address; None where that is new, or gone."""
    row_id = (request.view_args or {}).get(called) or request.args.get(called, type=int)
    return Row(row_id, form.name.data or "") if row_id and code != 404 else None
