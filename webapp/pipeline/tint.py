"""How bad a line says it is, for whoever looks at it."""

from typing import Literal

from webapp.pipeline.levels import Level, level_of

Tint = Literal["error", "warn"]

_TINTS: dict[Level | None, Tint] = {"fatal": "error", "error": "error", "warn": "warn"}


def tint_of(text: str) -> Tint | None:
    """By the level that the line itself declares, as the built-in reading sees it."""
    return _TINTS.get(level_of(text))
