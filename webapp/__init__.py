"""The Flask app, and all that web, scheduler and worker share."""

import gc

# Nothing of what loads is garbage: to look for it again and again takes a third of the start.
gc.disable()

from pathlib import Path
from typing import Any

from flask import Flask

from webapp import api, board, cli, door, errors, found, htmx, logs, pages
from webapp.config import Settings
from webapp.extensions import compress, csrf, db, engine_options, migrate
from webapp.jobs import Doorbell

gc.freeze()
gc.enable()

MIGRATIONS = Path(__file__).parent.parent / "migrations"
MAX_BODY_BYTES = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The app on these settings, by default those of the environment."""
    settings = settings or Settings.load()
    logs.configure(settings)
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(_flask_config(settings))
    app.extensions["settings"] = settings
    app.extensions["doorbell"] = Doorbell.of(settings)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    door.open_for(app)
    compress.init_app(app)
    csrf.init_app(app)
    csrf.exempt(api.blueprint)  # scripts have no token; the door refuses other sites
    found.register(app)
    board.register(app)
    api.register(app)
    pages.register(app)
    htmx.register(app)
    errors.register(app)
    cli.register(app)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.signing_key(),
        "SQLALCHEMY_DATABASE_URI": settings.sqlalchemy_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings),
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        # What is quick: a page is made anew each time, and a dashboard is asked for all day.
        "COMPRESS_ALGORITHM": ["zstd", "gzip"],
        "COMPRESS_ZSTD_LEVEL": 1,
        "COMPRESS_LEVEL": 1,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # a page that stays open all day still has working forms
    }
