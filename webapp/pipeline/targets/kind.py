from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.fields import Strict
from webapp.pipeline.values import GatherLimits, Host


@dataclass(frozen=True)
class Here:
    """What Targets share: the engine of this machine, and the folder of all state."""

    docker_url: str
    folder: Path


@dataclass(frozen=True)
class Kind:
    """A type of Target.

    `called` and `about` are for whoever chooses; forms are made of `config`, as with LogSources.
    `host`: how a config is reached from here.
    `look` uses it within the limits and returns what it says of itself, by what each is; it
    raises Unusable. `place`: where a config leads, in short.
    """

    called: str
    about: str
    config: type[Strict]
    host: Callable[[Mapping[str, Any], Here], Host]
    look: Callable[[Host, GatherLimits], dict[str, str]]
    place: Callable[[Mapping[str, Any]], str]
