"""Monitors to start from, a file each: a working prompt with its Inputs for a usual Debian machine.

A command that finds nothing to read says so in a sentence on stderr and exits with 2, as its words
are what the person sees who tries it.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from webapp.schemas import Starter, validate

FOLDER = Path(__file__).parent


@cache
def starters() -> Mapping[str, Starter]:
    """By the names of their files."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def _read(path: Path) -> Starter:
    starter = tomllib.loads(path.read_text())
    return validate(Starter, starter | {"name": path.stem, "prompt": starter["prompt"].strip()})
