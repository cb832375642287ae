"""What comes in and goes out, and errors as sentences at their fields."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from webapp.fields import Strict
from webapp.sentences import sentence


class Resource(Strict):
    """What a Target, LogSource or Monitor is made and changed by."""

    # The field that names a kind, and the field whose schema depends on it.
    by_kind: ClassVar[tuple[str, str] | None] = None

    @classmethod
    def changed(cls, row: Any, change: Any) -> Self:
        """The row with what `change` names changed and the rest as it is. Raises Invalid."""
        if not isinstance(change, dict):
            return validate(cls, change)
        current = {name: getattr(row, name) for name in cls.model_fields}
        if (
            cls.by_kind
            and change.get(cls.by_kind[0], current[cls.by_kind[0]]) != current[cls.by_kind[0]]
        ):
            current[cls.by_kind[1]] = {}  # another kind's config says nothing about this one's
        return validate(cls, merge(current, change))


class Out(BaseModel):
    """What goes out, read from a row."""

    model_config = ConfigDict(from_attributes=True)


class FieldError(BaseModel):
    field: str = Field(description="Path of the field, such as `inputs.0.label`.")
    message: str = Field(description="What is wrong, as a sentence.")


class Problem(BaseModel):
    """The answer to every request that failed."""

    error: str = Field(description="What went wrong, as a sentence.")
    errors: list[FieldError] = Field(default_factory=list, description="Every bad field at once.")


class Invalid(Exception):
    """What was sent breaks a rule; `errors` has a path and a sentence for each."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors

    @classmethod
    def unless(cls, *checks: tuple[bool, str, str]) -> None:
        """Raise for all checks (holds, field, sentence) that do not hold, at once."""
        errors = [FieldError(field=f, message=m) for holds, f, m in checks if not holds]
        if errors:
            raise cls(errors)


Model = TypeVar("Model", bound=BaseModel)


def rule_broken(place: tuple[int | str, ...], sentence: str) -> ValidationError:
    """An error to raise in a field's validator whose place is further in than the field."""
    error = InitErrorDetails(
        type=PydanticCustomError("value_error", "{error}", {"error": sentence}),
        loc=place,
        input=None,
    )
    return ValidationError.from_exception_data("rule", [error])


def validate(schema: type[Model], data: Any) -> Model:
    """Raises Invalid with every error at once."""
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        raise Invalid([_field_error(dict(e)) for e in error.errors(include_url=False)]) from None


def merge(current: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """What is named changes, the rest stays, in objects within objects too (RFC 7396).

    Unlike there, null is a value: it empties a field that may be empty.
    """
    merged = dict(current)
    for key, value in change.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            merged[key] = merge(old, value)
        else:
            merged[key] = value
    return merged


def _field_error(error: dict[str, Any]) -> FieldError:
    path = ".".join(str(part) for part in error["loc"])
    return FieldError(field=path, message=sentence(error))
