"""The types that schemas share, and errors as sentences at their fields."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from annotated_types import Ge, GroupedMetadata, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from webapp.clock import iso
from webapp.schemas.sentences import sentence

# What a PostgreSQL integer column takes.
MAX_ID = 2**31 - 1
LINE_CONTROLS = frozenset("\n\r\t")
# More digits than any of our numbers has, and far fewer than Python takes a long time for.
DIGITS = re.compile(r"-?[0-9]{1,1000}")


class Strict(BaseModel):
    """What comes in: a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


class Resource(Strict):
    """What a Target, LogSource or Monitor is made and changed by."""

    # The field that names a kind, and the field whose schema depends on it.
    kind: ClassVar[tuple[str, str] | None] = None

    @classmethod
    def changed(cls, row: Any, change: Any) -> Self:
        """The row with what `change` names changed and the rest as it is. Raises Invalid."""
        if not isinstance(change, dict):
            return validate(cls, change)
        current = {name: getattr(row, name) for name in cls.model_fields}
        if cls.kind and change.get(cls.kind[0], current[cls.kind[0]]) != current[cls.kind[0]]:
            current[cls.kind[1]] = {}  # another kind's config says nothing about this one's
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


@dataclass(frozen=True)
class Whole(GroupedMetadata):
    """A whole number within these bounds; forms and addresses send its digits."""

    least: int
    most: int

    def __iter__(self) -> Iterator[Any]:
        yield from (Ge(self.least), Le(self.most), BeforeValidator(_whole))


def _without_controls(text: str) -> str:
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs") and char not in LINE_CONTROLS:
            raise ValueError(f"This must not contain the control character U+{ord(char):04X}.")
    return text


def _on_one_line(text: str) -> str:
    if LINE_CONTROLS & set(text) or text.splitlines() != [text]:
        raise ValueError("This must stand on one line.")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("This must not be blank.")
    return text


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("This must be an absolute path, such as /var/log/syslog.")
    return path


def _whole(value: Any) -> Any:
    """A number, or the digits of one, for the type to judge: no true, and no 1.0 either."""
    if isinstance(value, bool | float) or (isinstance(value, str) and not DIGITS.fullmatch(value)):
        raise ValueError("This must be a whole number.")
    return value


CleanText = Annotated[str, AfterValidator(_without_controls)]
NonBlank = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000),
    AfterValidator(_without_controls),
    AfterValidator(_not_blank),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_without_controls),
    AfterValidator(_on_one_line),
]
Path = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    AfterValidator(_without_controls),
    AfterValidator(_absolute),
]
Id = Annotated[
    int,
    Whole(1, MAX_ID),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_ID},
                {"type": "string", "pattern": "^[1-9][0-9]{0,9}$"},
            ]
        },
        mode="validation",
    ),
]
Time = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
