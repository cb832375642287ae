"""A config whose schema depends on a kind that stands beside it (`type`, `mode`)."""

from collections.abc import Mapping
from typing import Any

from pydantic import WithJsonSchema

from webapp.fields import Strict


def config_of(
    kinds: Mapping[str, type[Strict]], kind: str | None, value: dict[str, Any]
) -> dict[str, Any]:
    """The value, validated and completed as its kind has it.

    Errors keep their path below the field. A kind that is itself wrong has its own error,
    and the value is left alone.
    """
    if kind is None or kind not in kinds:
        return value
    return kinds[kind].model_validate(value).model_dump()


def config_schema(kinds: Mapping[str, type[Strict]]) -> WithJsonSchema:
    """Any of the kinds' schemas."""
    return WithJsonSchema(
        {"anyOf": [kind.model_json_schema() for kind in kinds.values()]}, mode="validation"
    )
