from typing import Any, Self

from flask import request
from wtforms import RadioField, StringField

from webapp.forms.base import SchemaForm, typed
from webapp.forms.pick import Pick
from webapp.forms.source_fields import SOURCE_MODES, SourceFields
from webapp.forms.target import kind_of
from webapp.models import LogSource, Target


class LogSourceForm(SchemaForm, SourceFields):
    target = Pick(
        "Target",
        Target,
        kind_of,
        description="Where this log lives. For example: trade-bot-host-1",
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
        return cls(target=target_id)

    @classmethod
    def of(cls, source: LogSource) -> Self:
        return cls(target=source.target_id, name=source.name, mode=source.mode, **source.config)

    def offer(self) -> None:
        """What may be picked; the only Target there is stands there already."""
        self.target.find()
        self.target.offer()
        if not (request.form or self.target.data):
            self.target.take_the_only_one()

    def to_payload(self) -> dict[str, Any]:
        return {
            "target_id": self.target.sent,
            "name": typed(self.name),
            "mode": self.mode.data,
            "config": self.config(self.mode.data),
        }
