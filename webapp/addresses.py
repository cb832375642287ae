"""Addresses of databases and queues: which ones we can use, and the passwords in them."""

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from webapp.schemas.sentences import known_pattern

WEB_ADDRESS = known_pattern(
    r"^https?://\S+$", "This must be an address such as http://127.0.0.1:8080/v1"
)
WEB_ADDRESS_OR_NONE = known_pattern(
    r"^(https?://\S+)?$", "This must be an address such as https://monitor.example.com"
)
ENGINE_ADDRESS = known_pattern(
    r"^[a-z]+://\S+$", "This must be an address such as unix:///var/run/docker.sock"
)
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
