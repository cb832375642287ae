"""The htmx that pages load; the one place that knows its version.

To change it: `npm view htmx.org@VERSION dist`, then the hash of its `dist/htmx.min.js`, by
`openssl dgst -sha384 -binary htmx.min.js | base64`. `.ci/fetch_htmx.sh` reads VERSION here.
"""

from flask import Flask

from webapp.config import Settings

VERSION = "4.0.1"
URL = f"https://cdn.jsdelivr.net/npm/htmx.org@{VERSION}/dist/htmx.min.js"
INTEGRITY = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"


def address(settings: Settings) -> str:
    """Where pages load it from; the hash is the same wherever that is."""
    return settings.htmx_url or URL


def register(app: Flask) -> None:
    url = address(app.extensions["settings"])
    app.jinja_env.globals["htmx"] = {"url": url, "integrity": INTEGRITY}
