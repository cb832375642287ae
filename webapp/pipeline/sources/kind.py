from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.fields import Strict
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec

# The limits are those of this Input: `timeout_seconds` is its own where it has one.
Reader = Callable[[Host, InputSpec, GatherLimits], CommandResult]


@dataclass(frozen=True)
class Kind:
    """A way to read logs, which is the mode of a LogSource.

    `called`: its name for people. `about`: what it reads, for whoever chooses. `on`: the types of
    Target that it can read on. Forms are made of `config`, whose fields have a title, and may say
    in `json_schema_extra` what is `offered` for them. `place`: what a config reads, in short.
    """

    called: str
    about: str
    on: tuple[str, ...]
    config: type[Strict]
    read: Reader
    place: Callable[[Mapping[str, Any]], str]
