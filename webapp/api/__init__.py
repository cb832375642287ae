"""JSON for scripts, under /api: one file a noun."""

from flask import Flask

# Importing a noun declares its views.
from webapp.api import health, index, log_sources, monitors, openapi, runs, targets
from webapp.api.endpoint import IdConverter, blueprint
from webapp.extensions import csrf

NOUNS = (index, targets, log_sources, monitors, runs, health, openapi)


def register(app: Flask) -> None:
    app.url_map.converters["id"] = IdConverter
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)
