"""What a server tells of its models, once it is known to be sound; and where it is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from webapp.pipeline.clean import clean_text

# More of them nobody reads; a longer name no Monitor may have.
MOST_MODELS = 500
LONGEST_NAME = 180
# What any model that is served reads at once, in tokens.
CONTEXT_BOUNDS = (256, 10_000_000)
_NAME = re.compile(r"[^\s:]\S*")
_DATED = "-[0-9]{8}"


class NotTold(Exception):
    """A server does not tell; the text says what it did instead, as part of a sentence."""


class Asking(Protocol):
    """Small questions to one server, somebody's `own` or not; see client.py. They raise NotTold."""

    own: bool

    def get(self, path: str, *, beside: bool = False) -> Any: ...

    def post(self, path: str, body: dict[str, Any], *, beside: bool = False) -> Any: ...


@dataclass(frozen=True)
class Address:
    """`url` is as the model is asked at, `headers` as they are sent then, secrets among them.

    `own`: it is somebody's own, and no public service.
    """

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    own: bool = True

    @property
    def shown(self) -> str:
        """Host and port, which are no secret."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        return f"{host}:{parts.port}" if parts.port else host


@dataclass(frozen=True)
class Catalogue:
    """`contexts`: by the name of each model how many tokens it reads and writes at once, None
    where that is not told.

    `any_name`: it answers by its one model, whatever that is called. `wakes`: a model tells its
    context only while it is in memory, and is put there by `ollama.wake`. `complete`: what is not
    named here is not served.
    """

    contexts: Mapping[str, int | None] = field(default_factory=dict)
    any_name: bool = False
    wakes: bool = False
    complete: bool = True

    def find(self, name: str) -> str | None:
        """As it is called here: by itself, by its newest tag, or with the date of its release."""
        for known in (name, f"{name}:latest"):
            if known in self.contexts:
                return known
        dated = re.compile(re.escape(name) + _DATED)
        found = max(filter(dated.fullmatch, self.contexts), default=None)
        return next(iter(self.contexts), None) if found is None and self.any_name else found


def entries(answer: Any, place: str, name: str) -> dict[str, Mapping[str, Any]]:
    """The objects of the list at `place`, by what is a name of a model. Raises NotTold."""
    listed = answer.get(place) if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise NotTold("it answered with no list of models")
    named = (one for one in listed if isinstance(one, dict))
    return dict(_sound((one.get(name), one) for one in named))


def _sound(named: Iterable[tuple[Any, Mapping[str, Any]]]) -> list[tuple[str, Mapping[str, Any]]]:
    sound = [(name, one) for name, one in named if is_name(name)]
    return sound[:MOST_MODELS]


def is_name(name: Any) -> bool:
    """It may be one, and shows on a page what it is."""
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        return False
    return bool(_NAME.fullmatch(name)) and clean_text(name) == name


def tokens(number: Any) -> int | None:
    """A context that a model may have; None for anything else."""
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    least, most = CONTEXT_BOUNDS
    return number if least <= number <= most else None
