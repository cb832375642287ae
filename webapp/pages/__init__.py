"""HTML for people: one file a noun."""

from flask import Flask

from webapp.pages import (
    filters,
    first_steps,
    health,
    home,
    log_sources,
    monitors,
    runs,
    settings,
    targets,
)

NOUNS = (home, first_steps, targets, log_sources, monitors, runs, settings, health)


def register(app: Flask) -> None:
    filters.register(app)
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint)
