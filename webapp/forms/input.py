from collections.abc import Sequence
from typing import Any, Self

from wtforms import Field, SelectField, StringField, TextAreaField

from webapp.forms.base import NumberBox, field_of, lines_of, or_none, typed
from webapp.forms.config_fields import ConfigFields, is_filled, values_of
from webapp.forms.log_source import SourceFields
from webapp.schemas.log_source import CALLED, LOG_SOURCE_CONFIGS

INPUT_MODES = {"command": "Command", **CALLED}
# What makes an Input more than an empty box on the page.
TELLING = ("label", "command", "workdir", "env", "timeout_seconds", "expect_lines_within")
FOLDED = ("new_lines", "expect_lines_within", "timeout_seconds", "workdir", "env")
NEW_LINES = {
    "marked": "Send as context, judge what is new",
    "only": "Leave them out",
    "all": "Judge everything each time",
}


class InputForm(SourceFields, ConfigFields):  # type: ignore[misc]  # made of schemas
    """One Input within the form of a Monitor."""

    label = StringField(
        "Label",
        description="Heading of this slice in the text that is judged. For example: FULL_LOGS",
        render_kw={"placeholder": "FULL_LOGS"},
    )
    mode = SelectField(
        "Mode",
        choices=INPUT_MODES,
        default="command",
        description="What is read. A file or container that is left empty is the LogSource's. "
        "For example: Command",
    )
    command = TextAreaField(
        "Command",
        description="Run by /bin/sh -c exactly as written. What it says on standard error is not "
        "judged, unless it ends with 2>&1. For example: docker logs --since 5m btc_trading_service",
        render_kw={"rows": 2, "placeholder": "journalctl -u nginx --since -5min --no-pager"},
    )
    timeout_seconds = StringField(
        "Time-out in seconds",
        widget=NumberBox(),
        description="Then the command is ended; empty: as the service has it. For example: 30",
    )
    new_lines = SelectField(
        "Lines of earlier Runs",
        choices=NEW_LINES,
        default="marked",
        description="A command whose lines tell no time, such as df -h, prints a state and no log: "
        "all of it is judged each time. For example: Leave them out",
    )
    expect_lines_within = StringField(
        "Silent for at most … seconds",
        widget=NumberBox(),
        description="So long without a new line is an alert; empty: it may be silent. "
        "For example: 900",
    )
    workdir = StringField(
        "Working folder",
        description="Where the command runs. Empty: the home folder. For example: /srv/app",
    )
    env = TextAreaField(
        "Environment",
        description="Variables for the command, one a line. For example: KUBECONFIG=/etc/kube.conf",
        render_kw={"rows": 2, "placeholder": "NAME=value"},
    )

    @classmethod
    def of(cls, number: int, item: dict[str, Any]) -> Self:
        """From an Input as a Monitor keeps it."""
        env = "\n".join(f"{name}={value}" for name, value in item.get("env", {}).items())
        config = values_of(LOG_SOURCE_CONFIGS, item["mode"], item.get("config") or {})
        return cls.made(number, item | config | {"env": env})

    @classmethod
    def made(cls, number: int, typed_before: dict[str, Any]) -> Self:
        return cls(prefix=f"inputs-{number}-", data=typed_before)

    @property
    def blank(self) -> bool:
        telling = any(or_none(self[name]) for name in TELLING)
        return not (telling or any(self.names_something(mode) for mode in LOG_SOURCE_CONFIGS))

    @property
    def more_open(self) -> bool:
        """Something is set in what is folded away."""
        return any(is_filled(self[name]) for name in FOLDED)

    @property
    def more_wrong(self) -> bool:
        return any(self[name].errors for name in FOLDED)

    def field_at(self, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
        if path[:1] == ["config"]:
            return self.config_field(self.mode.data, path[1:])
        return field_of(self, path)

    def to_payload(self) -> dict[str, Any]:
        """Where nothing is typed about a file or container, it is the LogSource's."""
        mode = self.mode.data
        return {
            "label": typed(self.label),
            "mode": mode,
            "command": (typed(self.command) or None) if mode == "command" else None,
            "config": self.config(mode) if self.names_something(mode) else None,
            "new_lines": self.new_lines.data,
            "expect_lines_within": or_none(self.expect_lines_within),
            "timeout_seconds": or_none(self.timeout_seconds),
            "workdir": or_none(self.workdir),
            "env": dict(_variable(line) for line in lines_of(self.env)),
        }


def _variable(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip(), value
