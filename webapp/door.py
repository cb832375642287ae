"""Who is let in, and by which door: HTML at the front, JSON at /api.

Browser and script use the same addresses. A request that does not ask for HTML is sent to
the twin of its address under /api.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import Forbidden
from werkzeug.http import parse_accept_header, parse_options_header

from webapp import htmx
from webapp.addresses import Network
from webapp.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

API = "/api"
WITHOUT_PAGE = (".atom", ".json", ".svg", ".txt", "/metrics", "/status")
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'{htmx}",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# What no page of ours needs, and no page of ours may be talked into; to copy is no such thing.
NOT_USED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in NOT_USED),
    "Cross-Origin-Opener-Policy": "same-origin",
}


def open_for(app: Flask) -> None:
    app.wsgi_app = _Switch(app.wsgi_app)  # type: ignore[method-assign,assignment]
    app.before_request(_admit)
    headers = _headers(htmx.address(app.extensions["settings"]))
    app.after_request(lambda response: _label(response, headers))


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
    """Whoever names /api, or what has no page, or does not ask for HTML."""
    path = environ.get("PATH_INFO", "/")
    return _in_api(path) or path.endswith(WITHOUT_PAGE) or not wants_html(environ)


def wants_html(environ: "WSGIEnvironment") -> bool:
    """If and only if it says so: by Accept, by htmx, or by posting a form."""
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT", ""))
    if any(_is_html(kind) and quality > 0 for kind, quality in accepted):
        return True
    if environ.get("HTTP_HX_REQUEST") == "true":
        return True
    sent, _ = parse_options_header(environ.get("CONTENT_TYPE", ""))
    return environ["REQUEST_METHOD"] == "POST" and sent in FORM_TYPES


def _in_api(path: str) -> bool:
    return path == API or path.startswith(f"{API}/")


def _is_html(kind: str) -> bool:
    """`kind` as Accept has it, which may carry parameters, in any case of letters."""
    return kind.partition(";")[0].strip().lower() == "text/html"


def _admit() -> None:
    """Until there are accounts: known clients only, and no request of another site's page."""
    settings: Settings = current_app.extensions["settings"]
    if not (_is_client(settings.client_networks) and _is_asked_by_its_name(settings.host_names)):
        port = request.environ["SERVER_PORT"]
        raise Forbidden(
            f"Only this machine is served, at http://127.0.0.1:{port} or http://localhost:{port}, "
            "as there are no accounts yet. From elsewhere, use an SSH tunnel: "
            f"ssh -L {port}:127.0.0.1:{port} HOST. "
            "ALLOWED_CLIENTS and ALLOWED_HOSTS let others in."
        )
    if request.method not in SAFE_METHODS and _from_another_site():
        raise Forbidden("This request came from a page of another site, and changed nothing.")


def _is_client(networks: Iterable[Network]) -> bool:
    """By the address of the connection itself; what a proxy forwards is not believed."""
    address = _address(request.remote_addr or "")
    if address is None:
        return False
    return address.is_loopback or any(address in network for network in networks)


def _is_asked_by_its_name(names: Collection[str]) -> bool:
    """A page of another site may have its own name lead here, but cannot forge `Host`."""
    found = HOST.fullmatch(request.headers.get("Host", ""))
    host = found[1].strip("[]").lower() if found else ""
    address = _address(host)
    if address is None:
        return host == "localhost" or host in names
    return address.is_loopback or str(address) in names


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # As a socket that listens for both kinds of address has those of IPv4.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _from_another_site() -> bool:
    """As browsers tell: they say where a request comes from, and no page can forge it."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    host = request.headers.get("Host")
    return origin is not None and origin not in (f"http://{host}", f"https://{host}")


def _headers(htmx_address: str) -> dict[str, str]:
    """What every answer says to a browser. Of other sites, the very address of htmx is trusted."""
    own = htmx_address.startswith("/")
    policy = POLICY.format(htmx="" if own else f" {htmx_address}")
    return HEADERS | {"Content-Security-Policy": policy}


def _label(response: Response, headers: Mapping[str, str]) -> Response:
    response.vary.update(("Accept", "HX-Request"))
    response.headers.setdefault("Cache-Control", "no-store")
    # What is made for the pages of other sites says so itself.
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.update(headers)
    return response
