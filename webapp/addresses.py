"""Addresses of databases and queues: which ones we can use, and the passwords in them."""

from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

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
        return url.set(drivername=DATABASES[url.drivername])
    except (ArgumentError, ValueError, KeyError):
        raise ValueError("This must be an address such as postgresql://host/name") from None


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


def passwords_in(url: str) -> set[str]:
    """Every password in it, both as it stands there and as it is meant."""
    parts = urlsplit(url)
    found = {*parse_qs(parts.query).get("password", ()), parts.password or ""}
    return (found | {unquote(password) for password in found}) - {""}
