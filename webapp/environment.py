"""What the environment sets, as it may be shown: no secret, and of an address only the rest."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, get_args

from pydantic import SecretStr

from webapp.config import Settings

# What each part of Settings is about, by the variable that it begins with.
PARTS = {
    "data_dir": "Service",
    "database_url": "Database and queue",
    "worker_processes": "Runs and commands",
    "llm_model": "Model",
    "smtp_host": "Mail and SMS",
}
# It stands in every page for all to see, and has an @ for the version.
PUBLIC = ("htmx_url",)
HIDDEN = "•••"


@dataclass(frozen=True)
class Variable:
    """`value` is what holds, set or not; of a secret None."""

    name: str
    part: str
    value: str | None
    is_set: bool
    secret: bool
    description: str


def told(settings: Settings) -> list[Variable]:
    """Every variable, in the order of config.py."""
    return list(_told(settings))


def by_part(settings: Settings) -> dict[str, list[Variable]]:
    return {part: list(some) for part, some in groupby(_told(settings), lambda one: one.part)}


def _told(settings: Settings) -> Iterator[Variable]:
    part = ""
    for name, field in Settings.model_fields.items():
        part = PARTS.get(name, part)
        value = getattr(settings, name)
        secret = SecretStr in get_args(field.annotation)
        if isinstance(value, dict) and value:
            yield from _named_secrets(name, value, part, field.description or "")
            continue
        yield Variable(
            name=name.upper(),
            part=part,
            value=None if secret else _shown(name, value),
            is_set=name in settings.model_fields_set and value not in (None, "", {}),
            secret=secret,
            description=field.description or "",
        )


def _named_secrets(
    name: str, secrets: Iterable[str], part: str, description: str
) -> Iterator[Variable]:
    for each in sorted(secrets):
        variable = f"{name}_{each}".upper()
        yield Variable(variable, part, None, is_set=True, secret=True, description=description)


def _shown(name: str, value: Any) -> str:
    assert not isinstance(value, SecretStr)
    text = "" if value is None else str(value)
    return text if name in PUBLIC else shown_address(text)


def shown_address(text: str) -> str:
    """Without whoever logs in, and without what its query says; another text as it is.

    Whatever stands before the last @ is hidden, since a password may hold any character.
    """
    text = re.sub(r"(?s)://.*@", f"://{HIDDEN}@", text)
    return re.sub(r"(?s)(://[^?#]*[?#]).*", rf"\1{HIDDEN}", text)
