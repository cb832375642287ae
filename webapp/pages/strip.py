"""The last Runs of a Monitor in a row: each a link with its time, status and sentence."""

from collections.abc import Iterable, Sequence

from flask import url_for
from markupsafe import Markup, escape

from webapp.models.overview import Strip
from webapp.pages.filters import absolute, correction
from webapp.sentences import as_sentence

LENGTH = 24
_GAP = '<span class="strip-gap"></span>'
_RUN = '<a class="strip-run strip-{looks}" href="{base}{id}" tabindex="-1" title="{told}"></a>'


def drawn(runs: Sequence[Strip], length: int = LENGTH) -> Markup:
    """Oldest first, with gaps where there are fewer than `length`.

    Made here and not by a template, as a list shows more than a thousand of them. By keyboard,
    the list of Runs on the Monitor's page leads to them with fewer steps.
    """
    base = run_base()
    links = (_RUN.format(looks=_looks(r), base=base, id=r.id, told=_told(r)) for r in runs)
    return Markup("".join([_GAP * (length - len(runs)), *links]))  # noqa: S704 - escaped above


def run_base() -> str:
    """What stands before the id in the address of a Run: for whoever leads to hundreds of them."""
    return url_for("runs.show", run_id=1)[:-1]


def _looks(run: Strip) -> str:
    return f"{run.status} strip-corrected" if run.corrections else run.status


def _told(run: Strip) -> str:
    words: Iterable[str] = filter(None, (f"{absolute(run.moment)}: {run.status}", run.sentence))
    told = ". ".join(words)
    if run.corrections:
        said = " and ".join(correction(kind) for kind in sorted(run.corrections))
        told = f"{as_sentence(told)} People say: {said}."
    return str(escape(told))
