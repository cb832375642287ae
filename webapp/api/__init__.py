"""JSON for scripts, under /api: one file a noun."""

from flask import Blueprint, Flask

from webapp.extensions import csrf

blueprint = Blueprint("api", __name__, url_prefix="/api")


def register(app: Flask) -> None:
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)
