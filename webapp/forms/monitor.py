import re
from collections.abc import Sequence
from typing import Any, Self

from flask import request
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.widgets import NumberInput

from webapp.forms.base import SchemaForm, lines_of, or_none, typed
from webapp.forms.input import InputForm
from webapp.models import LogSource, Monitor, Target
from webapp.schemas import MonitorIn
from webapp.schemas.monitor import WindowConfig

INTERVAL = MonitorIn.model_fields["interval_seconds"].default
MAX_LINES = WindowConfig.model_fields["max_lines"].default
MAX_CHARS = WindowConfig.model_fields["max_chars"].default
NOTIFY_ON = {
    "alert_only": "Alerts",
    "warn_and_alert": "Warnings and alerts",
    "all": "Every Run",
}
INPUT_FIELD = re.compile(r"inputs-([0-9]{1,4})-")
# The submit buttons that change the Inputs on the page and save nothing.
REARRANGING = ("add_input", "remove_input", "move_up", "move_down")


class MonitorForm(SchemaForm):
    """`fresh` is the place of the Input that was just added."""

    fresh: int | None = None

    name = StringField(
        "Name", description="What people call it. For example: BTC bot anomaly detector"
    )
    prompt = TextAreaField(
        "What to look for",
        description="In plain language: what this is, what is worth an alert, what is routine. "
        "For example: You are monitoring a crypto trading bot. Look for errors, stuck loops, "
        "abnormal fills, and API failures. Reconnects of the price feed are routine.",
        render_kw={"rows": 5},
    )
    log_source_id = SelectField(
        "LogSource",
        choices={},
        description="Read where no Input is given below. For example: btc-bot-docker-log",
    )
    target_id = SelectField(
        "Target",
        choices={},
        description="Where the Inputs are read, if there is no LogSource. For example: local",
    )
    interval_seconds = StringField(
        "Seconds between Runs",
        widget=NumberInput(min=10),
        default=str(INTERVAL),
        description="At least 10. For example: 300 for five minutes, 3600 for an hour.",
    )
    max_lines = StringField(
        "Lines at most",
        widget=NumberInput(min=1),
        default=str(MAX_LINES),
        description="For each Input and for the whole text. For example: 500",
    )
    max_chars = StringField(
        "Characters at most",
        widget=NumberInput(min=200),
        default=str(MAX_CHARS),
        description="The newest is kept, and every cut is said. For example: 8000",
    )
    notify_on = RadioField(
        "Tell about",
        choices=NOTIFY_ON,
        default="alert_only",
        description="A Run that could not judge counts like an alert. For example: Alerts",
    )
    email_recipients = TextAreaField(
        "E-mail to",
        description="One address a line. For example: ops@example.com",
        render_kw={"rows": 2, "placeholder": "ops@example.com"},
    )
    sms_recipients = TextAreaField(
        "SMS to",
        description="One number a line. For example: +15551234567",
        render_kw={"rows": 2, "placeholder": "+15551234567"},
    )
    llm_model = StringField(
        "Model",
        description="Empty: LLM_MODEL of the service. "
        "For example: builtin, openai:gpt-5-mini or ollama:qwen3",
    )

    def __init__(self, inputs: Sequence[InputForm] | None = None, **values: Any) -> None:
        super().__init__(**values)
        self.inputs = _typed_inputs() if inputs is None else list(inputs)

    @classmethod
    def blank(cls, target_id: int | None, log_source_id: int | None) -> Self:
        """With an empty Input to begin with, unless the LogSource is one already."""
        inputs = [] if log_source_id else [InputForm.made(0, {})]
        return cls(inputs, target_id=target_id, log_source_id=log_source_id)

    @classmethod
    def of(cls, monitor: Monitor) -> Self:
        told = monitor.notification_config
        inputs = [InputForm.of(number, item) for number, item in enumerate(monitor.inputs)]
        return cls(
            inputs,
            name=monitor.name,
            prompt=monitor.prompt,
            log_source_id=monitor.log_source_id,
            target_id=monitor.target_id,
            interval_seconds=str(monitor.interval_seconds),
            **monitor.window_config,
            notify_on=told["notify_on"],
            email_recipients="\n".join(told["email_recipients"]),
            sms_recipients="\n".join(told["sms_recipients"]),
            llm_model=monitor.llm_model,
        )

    def offer(self, targets: Sequence[Target], sources: Sequence[LogSource]) -> None:
        self.log_source_id.choices = {"": "None"} | {
            str(source.id): f"{source.name} on {source.target.name}" for source in sources
        }
        self.target_id.choices = {"": "The LogSource's"} | {
            str(target.id): target.name for target in targets
        }
        nowhere = not (request.form or self.target_id.data or self.log_source_id.data)
        if nowhere and len(targets) == 1:
            self.target_id.data = str(targets[0].id)

    def rearranged(self) -> bool:
        """Add, remove or move an Input, if that is what the pressed button says."""
        pressed = [name for name in REARRANGING if name in request.form]
        if not pressed:
            return False
        kept = [item.data for item in self.inputs]
        _rearrange(kept, pressed[0], request.form.get(pressed[0], 0, type=int))
        self.inputs = [InputForm.made(number, item) for number, item in enumerate(kept)]
        self.fresh = len(kept) - 1 if pressed[0] == "add_input" else None
        return True

    def field_at(self, path: Sequence[str]) -> tuple[Field | None, Sequence[str]]:
        if path[0] == "inputs" and len(path) > 1:
            return self._filled()[int(path[1])].field_at(path[2:])
        return super().field_at(path)

    def to_payload(self) -> dict[str, Any]:
        return {
            "name": typed(self.name),
            "log_source_id": or_none(self.log_source_id),
            "target_id": or_none(self.target_id),
            "prompt": typed(self.prompt),
            "inputs": [item.to_payload() for item in self._filled()],
            "interval_seconds": or_none(self.interval_seconds) or INTERVAL,
            "window_config": {
                "max_lines": or_none(self.max_lines) or MAX_LINES,
                "max_chars": or_none(self.max_chars) or MAX_CHARS,
            },
            "notification_config": {
                "email_recipients": lines_of(self.email_recipients),
                "sms_recipients": lines_of(self.sms_recipients),
                "notify_on": self.notify_on.data,
            },
            "llm_model": or_none(self.llm_model),
        }

    def _filled(self) -> list[InputForm]:
        """The Inputs in which something was typed; empty boxes are left out."""
        return [item for item in self.inputs if not item.blank]


def _typed_inputs() -> list[InputForm]:
    """The Inputs as the browser sent them, in the order of their numbers."""
    matches = (INPUT_FIELD.match(name) for name in request.form)
    numbers = sorted({int(match[1]) for match in matches if match})
    return [InputForm(request.form, prefix=f"inputs-{number}-") for number in numbers]


def _rearrange(items: list[dict[str, Any]], how: str, place: int) -> None:
    if how == "add_input":
        items.append({})
    elif not 0 <= place < len(items):
        return
    elif how == "remove_input":
        del items[place]
    else:
        item = items.pop(place)
        items.insert(max(0, place - 1) if how == "move_up" else place + 1, item)
