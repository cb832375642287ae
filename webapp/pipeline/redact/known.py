"""Secrets that are known by their value: the service's own, and those of a Run's environment."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from urllib.parse import quote, quote_plus

from .rule import PLACEHOLDER

_LEAST_CHARS = 4
# As long as this, a secret is looked for within words too.
_LONG = 6
_LONG_LINE = 20
# Of base64 so many digits are hardly a word by chance.
_LEAST_BASE64 = 8
_URL_SAFE = str.maketrans("+/", "-_")
_PERCENT = re.compile("%[0-9A-F]{2}")
_WORDS = """
admin adminadmin debug default demo development dev disabled docker enabled error false guest info
local localhost login mysql none null pass password postgres prod production public redis root
secret server service staging stage sudo test testing token trace true user username utf-8 warn
warning c.utf-8 en_us.utf-8 europe/berlin etc/utc
"""
_SECRET_NAME = re.compile("pass|pwd|secret|token|key|auth|cred|cookie|session|dsn", re.IGNORECASE)
_COMMON = frozenset(_WORDS.split())


def secret_values(env: Mapping[str, str]) -> tuple[str, ...]:
    """What of an environment counts as secret: values of 6 characters or more whose variable's
    name says so, or that look like a key. Paths and common words would vanish from every log."""
    return tuple(
        value
        for name, value in ((name, value.strip()) for name, value in env.items())
        if len(value) >= _LONG and value.lower() not in _COMMON
        if _SECRET_NAME.search(name) or _looks_like_a_key(value)
    )


def _looks_like_a_key(value: str) -> bool:
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdecimal, value))
    return letters and digits and not value.startswith(("/", "~", "."))


def pattern_of(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """What finds a placeholder, or one of `secrets` in any of its forms as the group `secret`.

    A secret of 4 or 5 characters is found as a whole word only, and not at all if it is a common
    word or a number, which would be every port and year; a shorter one is no secret.
    """
    given = {part for secret in secrets for part in (secret.strip(), *_lines_of(secret))}
    long = {form for secret in given if len(secret) >= _LONG for form in _forms(secret)}
    short = {form for secret in given if _is_short_secret(secret) for form in _forms(secret)}
    alternatives = [
        *_alternatives(long),
        *(rf"(?<!\w){each}(?!\w)" for each in _alternatives(short)),
    ]
    if not alternatives:
        return None
    # Placeholders before all, as the word "password" may itself be a secret.
    return re.compile(f"{PLACEHOLDER.pattern}|(?P<secret>{'|'.join(alternatives)})")


def _lines_of(secret: str) -> list[str]:
    """Of a key or a file of many lines each that is long enough to be no other's too."""
    lines = [line.strip() for line in secret.strip().split("\n")]
    return [line for line in lines if len(line) >= _LONG_LINE] if len(lines) > 1 else []


def _is_short_secret(secret: str) -> bool:
    short = _LEAST_CHARS <= len(secret) < _LONG
    return short and secret.lower() not in _COMMON and not secret.isdecimal()


def _forms(secret: str) -> set[str]:
    """As it is, and as URLs, JSON, JSON in JSON, HTML and base64 have it."""
    percents = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {
        secret,
        escape(secret),
        *percents,
        *(_PERCENT.sub(lambda found: found[0].lower(), one) for one in percents),
        *escaped,
        *(json.dumps(one)[1:-1] for one in escaped),
        *_as_base64(secret.encode("utf-8", "surrogatepass")),
    }


def _as_base64(secret: bytes) -> Iterator[str]:
    """What of it does not depend on what stands before and behind it, as `user:` does."""
    for before in range(3):
        digits = b64encode(bytes(before) + secret).decode()
        sure = digits[-(-before * 4 // 3) : (before + len(secret)) * 8 // 6]
        if len(sure) >= _LEAST_BASE64:
            yield from (sure, sure.translate(_URL_SAFE))


def _alternatives(forms: Iterable[str]) -> list[str]:
    """The longest first, as one may be the start of another."""
    return [re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))]
