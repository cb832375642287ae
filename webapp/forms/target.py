from collections.abc import Sequence
from typing import Any, Self

from wtforms import Field, RadioField, StringField

from webapp.forms.base import SchemaForm, typed
from webapp.forms.config_fields import ConfigFields, values_of, with_fields
from webapp.models import Target
from webapp.schemas.target import CALLED, CONNECTION_CONFIGS

ConnectionFields: Any = with_fields(CONNECTION_CONFIGS)


def kind_of(target: Target) -> str:
    return CALLED[target.type].lower()


class TargetForm(SchemaForm, ConnectionFields, ConfigFields):  # type: ignore[misc]  # made of schemas
    name = StringField("Name", description="What people call it. For example: trade-bot-host-1")
    type = RadioField(
        "Type",
        choices=CALLED,
        default="local",
        description="How commands and logs are reached. For example: This machine",
    )

    @classmethod
    def of(cls, target: Target) -> Self:
        config = values_of(CONNECTION_CONFIGS, target.type, target.connection_config)
        return cls(name=target.name, type=target.type, **config)

    def field_at(self, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
        if path[0] == "connection_config":
            return self.config_field(self.type.data, path[1:])
        return super().field_at(path)

    def to_payload(self) -> dict[str, Any]:
        type_ = self.type.data
        config = self.config(type_)
        return {"name": typed(self.name), "type": type_, "connection_config": config}
