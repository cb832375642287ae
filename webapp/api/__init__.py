"""JSON for scripts, under /api: one file a noun."""

from flask import Flask

# Importing a noun declares its views.
from webapp.api import (
    corrections,
    costs,
    favicon,
    feed,
    findings,
    health,
    index,
    log_sources,
    metrics,
    monitors,
    notes,
    openapi,
    overview,
    previews,
    rules,
    runs,
    settings,
    starters,
    status,
    targets,
)
from webapp.api.endpoint import blueprint

__all__ = ["blueprint", "register"]

NOUNS = (
    index,
    overview,
    targets,
    log_sources,
    monitors,
    previews,
    rules,
    starters,
    runs,
    corrections,
    findings,
    notes,
    status,
    feed,
    costs,
    settings,
    health,
    metrics,
    openapi,
    favicon,
)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
