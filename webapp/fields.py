"""The types of fields, for whatever comes in."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from annotated_types import Ge, GroupedMetadata, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from webapp.clock import iso

# What a PostgreSQL integer column takes.
MAX_ID = 2**31 - 1
LINE_CONTROLS = frozenset("\n\r\t")
# More digits than any of our numbers has, and far fewer than Python takes a long time for.
DIGITS = re.compile(r"-?[0-9]{1,1000}")


class Strict(BaseModel):
    """What comes in: a field that is not known is an error."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


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
Short = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
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
