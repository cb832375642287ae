"""What pydantic finds wrong, in sentences."""

import re
from collections.abc import Mapping
from typing import Any

_PATTERNS: dict[str, str] = {}
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def known_pattern(pattern: str, meaning: str) -> str:
    """The pattern, whose errors are told by `meaning`: people do not read patterns.

    By the pattern alone they are known again, so that one has one meaning everywhere.
    """
    if _PATTERNS.setdefault(pattern, meaning) != meaning:
        raise ValueError(f"The pattern {pattern} has another meaning: {_PATTERNS[pattern]}")
    return pattern


def sentence(error: Mapping[str, Any]) -> str:
    """What pydantic found wrong, for the person who wrote it."""
    context = error.get("ctx", {})
    known = {
        "missing": "This field is required.",
        "extra_forbidden": "This field is not known here.",
        "model_type": "This must be an object.",
        "dict_type": "This must be an object.",
        "list_type": "This must be a list.",
        "string_type": "This must be a string.",
        "int_type": "This must be a whole number.",
        "int_parsing": "This must be a whole number.",
        "int_from_float": "This must be a whole number.",
        "finite_number": "This must be a whole number.",
        "bool_parsing": "This must be true or false.",
        "bool_type": "This must be true or false.",
        "greater_than_equal": f"This must be {context.get('ge')} or more.",
        "less_than_equal": f"This must be {context.get('le')} or less.",
        "string_too_long": f"This must be {context.get('max_length')} characters or fewer.",
        "string_pattern_mismatch": _PATTERNS.get(context.get("pattern", ""), ""),
        "string_too_short": "This must not be blank.",
        "literal_error": f"This must be {context.get('expected')}.",
        "too_long": f"There may be {context.get('max_length')} at most.",
        "value_error": str(context.get("error", "")) or _of_address(context.get("reason")),
    }
    return as_sentence(known.get(error["type"]) or error["msg"])


def as_sentence(text: str) -> str:
    """With a capital, but for what is no word, such as `root@web-1`, and a full stop."""
    first = text.partition(" ")[0].strip(".,:;")
    begin = text[:1].upper() if _WORD.fullmatch(first) else text[:1]
    return f"{begin}{text[1:].rstrip('.: ')}."


def _of_address(reason: str | None) -> str:
    return f"This is no e-mail address: {reason}" if reason else ""
