"""Addresses of databases, queues and clients: which ones we can use, and the passwords in them."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from webapp.sentences import known_pattern

WEB_ADDRESS = known_pattern(
    r"^https?://\S+$", "This must be an address such as http://127.0.0.1:8080/v1"
)
WEB_ADDRESS_OR_NONE = known_pattern(
    r"^(https?://\S+)?$", "This must be an address such as https://monitor.example.com"
)
# It stands in a header of every answer, where spaces, quotes, commas and semicolons have a meaning.
SCRIPT_ADDRESS = known_pattern(
    r"""^(https?://[^\s;,'"?#@/]+/[^\s;,'"?#]*|/[^\s;,'"?#/][^\s;,'"?#]*)?$""",
    "This must be an address such as https://mirror.example.com/htmx.min.js, or a path on this "
    "server such as /static/htmx.min.js",
)
ENGINE_ADDRESS = known_pattern(
    r"^[a-z]+://\S+$", "This must be an address such as unix:///var/run/docker.sock"
)
HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")
Network = IPv4Network | IPv6Network
# As an address may say it, and with SQLAlchemy's name for what requirements.txt installs.
DATABASES = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def database_address(text: str) -> URL:
    """With the driver that we have. Raises ValueError, without the text, which has a password."""
    try:
        url = make_url(text)
        url = url.set(drivername=DATABASES[url.drivername])
    except (ArgumentError, ValueError, KeyError):
        raise ValueError("This must be an address such as postgresql://host/name") from None
    return _file(url) if url.drivername == "sqlite" else url


def _file(url: URL) -> URL:
    """With an absolute path: processes that start elsewhere mean the same file."""
    if url.database in (None, "", ":memory:"):
        raise ValueError("This must name a file, such as sqlite:////var/lib/monitor.db")
    return url.set(database=str(Path(url.database or "").absolute()))


def networks_in(text: str) -> tuple[Network, ...]:
    """Each address or network of a list with commas. Raises ValueError for what is neither."""
    try:
        return tuple(ip_network(word) for word in _words(text))
    except ValueError as error:
        raise ValueError(
            "This must be addresses or networks such as 10.1.2.3 or 172.30.0.0/24, with commas "
            f"between them: {error}"
        ) from None


def host_names_in(text: str) -> frozenset[str]:
    """Each host of a list with commas, as `Host` is compared: in small letters, without a port.

    Raises ValueError for what is neither a name nor an address.
    """
    return frozenset(_host_name(word) for word in _words(text))


def _host_name(word: str) -> str:
    try:
        return str(ip_address(word))
    except ValueError:
        if HOST_NAME.fullmatch(word):
            return word.lower()
    raise ValueError(
        "This must be names of hosts such as web or logs.example.com, with commas between them, "
        "each without a scheme, a port or a wildcard"
    )


def paths_in(text: str) -> tuple[str, ...]:
    """Each path of a list with commas. Raises ValueError for what is not absolute."""
    paths = tuple(_words(text))
    if not all(path.startswith("/") for path in paths):
        raise ValueError("This must be absolute paths such as /var/log, with commas between them")
    return paths


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def is_redis_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return False
    if url.scheme == "unix":
        return url.path != ""
    number = url.path.strip("/")
    return url.scheme in ("redis", "rediss") and port != 0 and (not number or number.isdecimal())


def tokens_in(url: str) -> set[str]:
    """The parts of a service's address that look like keys: long, with letters and digits."""
    parts = re.split(r"[/:@?&=#]", url)
    keys = {part for part in parts if len(part) >= 8 and re.search(r"\d", part)}
    return keys | {unquote(key) for key in keys}


def passwords_in(url: str) -> set[str]:
    """Every password in it, both as it stands there and as it is meant."""
    parts = urlsplit(url)
    found = {*parse_qs(parts.query).get("password", ()), parts.password or ""}
    return (found | {unquote(password) for password in found}) - {""}
