"""The fields of a LogSource's config, for its own form and for each Input of a Monitor."""

from typing import Any

from wtforms import Form, StringField
from wtforms.widgets import NumberInput

from webapp.forms.base import or_none
from webapp.schemas.log_source import DockerLogsConfig

NO_TAIL = DockerLogsConfig.model_fields["tail"].default
FIELDS = {"docker_logs": ("container_name", "since_seconds", "tail"), "file": ("path",)}
SOURCE_MODES = {"docker_logs": "Container output", "file": "File"}


class SourceFields(Form):  # type: ignore[misc]  # WTForms ships no types
    container_name = StringField(
        "Container",
        description="Name or id of the container. For example: btc_trading_service",
        render_kw={"placeholder": "btc_trading_service"},
    )
    since_seconds = StringField(
        "Only the last … seconds",
        widget=NumberInput(min=1),
        description="Empty: whatever the number of lines gives. For example: 300",
    )
    tail = StringField(
        "Lines from the end",
        widget=NumberInput(min=1),
        description=f"At most so many lines are read; empty: {NO_TAIL}. For example: 500",
        render_kw={"placeholder": str(NO_TAIL)},
    )
    path = StringField(
        "Path",
        description="Absolute path of a regular file. For example: /var/log/syslog",
        render_kw={"placeholder": "/var/log/syslog"},
    )

    def names_something(self, mode: str) -> bool:
        """Something was typed in what this mode shows."""
        return any(or_none(self[name]) for name in FIELDS.get(mode, ()))

    def config(self, mode: str) -> dict[str, Any]:
        """All fields of this mode, so that a box that was emptied does not keep its old value."""
        if mode == "file":
            return {"path": or_none(self.path)}
        return {
            "container_name": or_none(self.container_name),
            "since_seconds": or_none(self.since_seconds),
            "tail": or_none(self.tail) or NO_TAIL,
        }
