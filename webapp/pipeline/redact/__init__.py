"""Secrets become placeholders such as `[REDACTED:aws-key:1]`; the rest stays readable."""

from collections.abc import Iterable

from webapp.pipeline.values import Redacted

from .gathered import redact_all
from .known import secret_values
from .own import NO_PATTERNS, OwnPatterns, patterns_in
from .redactor import Redactor

__all__ = ["OwnPatterns", "Redactor", "patterns_in", "redact", "redact_all", "secret_values"]


def redact(
    text: str,
    secrets: Iterable[str] = (),
    *,
    own: OwnPatterns = NO_PATTERNS,
    torn: bool = False,
) -> Redacted:
    """One text by itself; see Redactor."""
    return Redactor(secrets, own=own).redact(text, torn=torn)
