"""HTML for people: one file a noun."""

from flask import Blueprint, Flask

blueprint = Blueprint("pages", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
