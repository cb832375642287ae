from collections.abc import Sequence
from typing import Any, Self

from flask import request
from wtforms import RadioField, SelectField, StringField

from webapp.forms.base import SchemaForm, or_none, typed
from webapp.forms.source_fields import SOURCE_MODES, SourceFields
from webapp.models import LogSource, Target


class LogSourceForm(SchemaForm, SourceFields):
    target_id = SelectField(
        "Target", choices={}, description="Where this log lives. For example: trade-bot-host-1"
    )
    name = StringField("Name", description="What people call it. For example: btc-bot-docker-log")
    mode = RadioField(
        "Mode",
        choices=SOURCE_MODES,
        default="docker_logs",
        description="What is read; files only on this machine. For example: Container output",
    )

    @classmethod
    def blank(cls, target_id: int | None) -> Self:
        return cls(target_id=target_id)

    @classmethod
    def of(cls, source: LogSource) -> Self:
        return cls(target_id=source.target_id, name=source.name, mode=source.mode, **source.config)

    def offer(self, targets: Sequence[Target]) -> None:
        self.target_id.choices = {"": "Choose a Target"} | {
            str(target.id): target.name for target in targets
        }
        if len(targets) == 1 and not (request.form or self.target_id.data):
            self.target_id.data = str(targets[0].id)

    def to_payload(self) -> dict[str, Any]:
        return {
            "target_id": or_none(self.target_id),
            "name": typed(self.name),
            "mode": self.mode.data,
            "config": self.config(self.mode.data),
        }
