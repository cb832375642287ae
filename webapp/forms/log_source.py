from collections.abc import Sequence
from typing import Any, Self

from flask import request
from wtforms import Field, RadioField, StringField

from webapp.forms.base import SchemaForm, typed
from webapp.forms.config_fields import ConfigFields, values_of, with_fields
from webapp.forms.pick import Pick
from webapp.forms.target import kind_of
from webapp.models import LogSource, Target
from webapp.schemas.log_source import CALLED, LOG_SOURCE_CONFIGS

SourceFields: Any = with_fields(LOG_SOURCE_CONFIGS)


class LogSourceForm(SchemaForm, SourceFields, ConfigFields):  # type: ignore[misc]  # made of schemas
    target = Pick(
        "Target",
        Target,
        kind_of,
        description="Where this log lives. For example: trade-bot-host-1",
    )
    name = StringField("Name", description="What people call it. For example: btc-bot-docker-log")
    mode = RadioField(
        "Mode",
        choices=CALLED,
        default="docker_logs",
        description="What is read; which of them can be depends on the Target. "
        "For example: Container output",
    )

    @classmethod
    def blank(cls, target_id: int | None) -> Self:
        return cls(target=target_id)

    @classmethod
    def of(cls, source: LogSource) -> Self:
        config = values_of(LOG_SOURCE_CONFIGS, source.mode, source.config)
        return cls(target=source.target_id, name=source.name, mode=source.mode, **config)

    def offer(self) -> None:
        """What may be picked; the only Target there is stands there already."""
        self.target.find()
        self.target.offer()
        if not (request.form or self.target.data):
            self.target.take_the_only_one()

    def field_at(self, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
        if path[0] == "config":
            return self.config_field(self.mode.data, path[1:])
        return super().field_at(path)

    def to_payload(self) -> dict[str, Any]:
        return {
            "target_id": self.target.sent,
            "name": typed(self.name),
            "mode": self.mode.data,
            "config": self.config(self.mode.data),
        }
