"""Who is let in, and by which door: HTML at the front, JSON at /api.

Browser and script use the same addresses. A request that does not ask for HTML is sent to
the twin of its address under /api.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import Forbidden
from werkzeug.http import parse_accept_header, parse_options_header

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

API = "/api"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
HTMX_ORIGIN = "https://cdn.jsdelivr.net"
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' {HTMX_ORIGIN}",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def open_for(app: Flask) -> None:
    app.wsgi_app = _Switch(app.wsgi_app)  # type: ignore[method-assign,assignment]
    app.before_request(_admit)
    app.after_request(_label)


class _Switch:
    """Sends JSON clients to /api, before anything is routed."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if not path.startswith("/static/") and wants_json(environ):
            environ["PATH_INFO"] = path if _in_api(path) else API + path
        return self._inner(environ, start)


def wants_json(environ: "WSGIEnvironment") -> bool:
    """Whoever names /api, or a JSON file, or does not ask for HTML."""
    path = environ.get("PATH_INFO", "/")
    return _in_api(path) or path.endswith(".json") or not wants_html(environ)


def wants_html(environ: "WSGIEnvironment") -> bool:
    """If and only if it says so: by Accept, by htmx, or by posting a form."""
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT", ""))
    if any(_is_html(kind) and quality > 0 for kind, quality in accepted):
        return True
    if environ.get("HTTP_HX_REQUEST") == "true":
        return True
    sent, _ = parse_options_header(environ.get("CONTENT_TYPE", ""))
    return environ["REQUEST_METHOD"] not in SAFE_METHODS and sent in FORM_TYPES


def _in_api(path: str) -> bool:
    return path == API or path.startswith(f"{API}/")


def _is_html(kind: str) -> bool:
    """`kind` as Accept has it, which may carry parameters, in any case of letters."""
    return kind.partition(";")[0].strip().lower() == "text/html"


def _admit() -> None:
    """Until there are accounts: this machine only, and no request of another site's page."""
    if not (_is_loopback(request.remote_addr or "") and _is_loopback(_host_name())):
        port = request.environ["SERVER_PORT"]
        raise Forbidden(
            f"Only this machine is served, at http://127.0.0.1:{port} or http://localhost:{port}, "
            "as there are no accounts yet. From elsewhere, use an SSH tunnel: "
            f"ssh -L {port}:127.0.0.1:{port} HOST."
        )
    if request.method not in SAFE_METHODS and _from_another_site():
        raise Forbidden("This request came from a page of another site, and changed nothing.")


def _host_name() -> str:
    host = HOST.fullmatch(request.headers.get("Host", ""))
    return host[1].strip("[]").lower() if host else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # As a socket that listens for both kinds of address has those of IPv4.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _from_another_site() -> bool:
    """As browsers tell: they say where a request comes from, and no page can forge it."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    host = request.headers.get("Host")
    return origin is not None and origin not in (f"http://{host}", f"https://{host}")


def _label(response: Response) -> Response:
    response.vary.update(("Accept", "HX-Request"))
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
