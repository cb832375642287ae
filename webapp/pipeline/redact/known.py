"""Secrets that are known by their value: the service's own, and those of a Run's environment."""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from .rules import PLACEHOLDER

_LEAST_CHARS = 4
# As long as this, a secret is looked for within words too.
_LONG = 6
_WORDS = """
admin adminadmin debug default demo development dev disabled docker enabled error false guest info
local localhost login mysql none null pass password postgres prod production public redis root
secret server service staging stage sudo test testing token trace true user username utf-8 warn
warning c.utf-8 en_us.utf-8 europe/berlin etc/utc
"""
_COMMON = frozenset(_WORDS.split())


def secret_values(env: Mapping[str, str]) -> tuple[str, ...]:
    """What of an environment counts as secret: every value of 6 characters or more.

    Nobody can tell a password by its variable's name for sure, so a path is taken for one too.
    Only common words such as `production` are none, as they would vanish from every log.
    """
    values = map(str.strip, env.values())
    return tuple(v for v in values if len(v) >= _LONG and v.lower() not in _COMMON)


def pattern_of(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """What finds a placeholder, or one of `secrets` in any of its forms as the group `secret`.

    A secret of 4 or 5 characters is found as a whole word only, and not at all if it is a common
    word or a number, which would be every port and year; a shorter one is no secret.
    """
    given = {secret.strip() for secret in secrets}
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


def _is_short_secret(secret: str) -> bool:
    short = _LEAST_CHARS <= len(secret) < _LONG
    return short and secret.lower() not in _COMMON and not secret.isdecimal()


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, and as a URL and JSON have it."""
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1]


def _alternatives(forms: Iterable[str]) -> list[str]:
    """The longest first, as one may be the start of another."""
    return [re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))]
