"""HTML for people: one file a noun."""

from flask import Flask

# Importing authoring declares its views, which are a Monitor's too.
from webapp.pages import (
    authoring,
    bulk,
    corrections,
    costs,
    filters,
    findings,
    first_steps,
    health,
    home,
    log_sources,
    log_view,
    monitors,
    notes,
    runs,
    settings,
    standings,
    targets,
)

__all__ = ["authoring", "register"]

NOUNS = (
    home,
    first_steps,
    targets,
    log_sources,
    monitors,
    findings,
    notes,
    bulk,
    runs,
    corrections,
    costs,
    settings,
    health,
)


def register(app: Flask) -> None:
    filters.register(app)
    log_view.register(app)
    standings.register(app)
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint)
