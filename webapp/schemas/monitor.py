import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    EmailStr,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from webapp.fields import CleanText, Id, Name, NonBlank, Path, Short, Strict, Time, Whole
from webapp.pipeline.rules import MAX_PATTERNS, problem_of
from webapp.pipeline.sources import KINDS
from webapp.pipeline.values import NewLines
from webapp.schemas.base import Out, Resource, rule_broken
from webapp.schemas.configs import config_of, config_schema
from webapp.schemas.log_source import LOG_SOURCE_CONFIGS, whole_of
from webapp.sentences import known_pattern

# Seconds from one Run to the next: up to 31 days.
INTERVAL_BOUNDS = (10, 2_678_400)
# A form says it in the words of its fields.
NOWHERE = "A Monitor needs a LogSource or a Target: log_source_id or target_id."
DOLLARS = re.compile(r"[0-9]{1,15}(\.[0-9]{0,15})?")
PHONE = re.compile(r"\+?[0-9]{5,15}")
MODEL = known_pattern(
    r"^(builtin|(openai|anthropic|ollama):[^\s:][^\s]*)$",
    "This must be builtin, or openai:, anthropic: or ollama: and a model, as in openai:gpt-5-mini.",
)


def _phone(number: str) -> str:
    digits = re.sub(r"[\s().-]", "", number)
    if not PHONE.fullmatch(digits):
        raise ValueError("This must be a phone number such as +15551234567.")
    return digits


EnvName = Annotated[
    str,
    StringConstraints(
        pattern=known_pattern(
            r"^[A-Za-z_][A-Za-z0-9_]*$",
            "This must be the name of a variable: letters, digits and _.",
        ),
        max_length=200,
    ),
]


def _without_brackets(label: str) -> str:
    if set("[]") & set(label):
        raise ValueError("This must not contain square brackets, which mark labels in the text.")
    return label


Label = Annotated[Name, StringConstraints(max_length=64), AfterValidator(_without_brackets)]


InputMode: Any = Literal["command", *KINDS]


class InputIn(Strict):
    label: Label = Field(
        description="Heading of this slice in the text sent.", examples=["FULL_LOGS"]
    )
    mode: InputMode = Field("command", description="`command`, or any mode of a LogSource.")
    command: NonBlank | None = Field(
        None,
        validate_default=True,
        description="Run by `/bin/sh -c` exactly as written; for mode `command` only.",
        examples=["docker logs --since 5m btc_trading_service"],
    )
    config: Annotated[dict[str, Any] | None, config_schema(LOG_SOURCE_CONFIGS)] = Field(
        None,
        description="As in a LogSource of this mode; default: that of the Monitor's LogSource.",
    )
    new_lines: NewLines = Field(
        "marked",
        description="`marked`: lines of earlier Runs are sent along, and cannot raise the status. "
        "`only`: none of them is sent. `all`: everything is judged at each Run.",
    )
    expect_lines_within: Annotated[int, Whole(10, 2_678_400)] | None = Field(
        None, description="So many seconds without a new line are an alert; null: never."
    )
    timeout_seconds: Annotated[int, Whole(1, 3600)] | None = Field(
        None, description="Default: `COMMAND_TIMEOUT_SECONDS`."
    )
    workdir: Path | None = Field(
        None, description="Folder that the command runs in; default: the user's home."
    )
    env: dict[EnvName, Annotated[CleanText, Field(max_length=20_000)]] = Field(
        default_factory=dict, description="Variables for the command, on top of the few it gets."
    )

    @field_validator("command")
    @classmethod
    def _belongs_to_its_mode(cls, value: str | None, info: ValidationInfo) -> str | None:
        mode = info.data.get("mode")
        if mode == "command" and value is None:
            raise ValueError("An Input of mode command needs a command.")
        if mode not in ("command", None) and value is not None:
            raise ValueError(f"An Input of mode {mode} has no command; use mode command.")
        return value

    @field_validator("config")
    @classmethod
    def _of_its_mode(cls, value: dict[str, Any] | None, info: ValidationInfo) -> Any:
        mode = info.data.get("mode")
        if mode == "command" and value is not None:
            raise ValueError("An Input of mode command has no config.")
        return None if value is None else config_of(LOG_SOURCE_CONFIGS, mode, value)


class WindowConfig(Strict):
    max_lines: Annotated[int, Whole(1, 50_000)] = Field(500, description="Lines sent at most.")
    max_chars: Annotated[int, Whole(200, 400_000)] = Field(
        8000, description="Characters sent at most."
    )


def _pattern(text: str) -> str:
    problem = problem_of(text)
    if problem:
        raise ValueError(problem)
    return text


Pattern = Annotated[Short, AfterValidator(_pattern)]


class RulesConfig(Strict):
    """Patterns, in RE2's syntax, each looked for anywhere in a line."""

    ignore: list[Pattern] = Field(
        default_factory=list,
        max_length=MAX_PATTERNS,
        description="Lines that one of them matches are dropped before all else, and counted.",
        examples=[["GET /health"]],
    )
    must_alert: list[Pattern] = Field(
        default_factory=list,
        max_length=MAX_PATTERNS,
        description="A new line that one of them matches is an alert, whatever the model says.",
        examples=[["(?i)out of memory"]],
    )


Personal = Literal["email", "ip", "card"]
Phone = Annotated[CleanText, AfterValidator(_phone)]
Model = Annotated[CleanText, StringConstraints(pattern=MODEL, max_length=200)]


class PrivacyConfig(Strict):
    redact: list[Personal] = Field(
        ["card"],
        max_length=3,
        description="Hidden beside secrets: `email` and `ip` addresses, `card` numbers.",
    )
    local_model_only: bool = Field(
        False,
        description="Refuse to send anything to a model that does not run on this machine or in "
        "its private network.",
    )

    @field_validator("redact")
    @classmethod
    def _each_once(cls, kinds: list[Personal]) -> list[Personal]:
        return sorted(set(kinds))


class VerdictConfig(Strict):
    builtin_may_raise: bool = Field(
        True,
        description="Where the built-in reading alarms, a model's ok is a warn.",
    )
    flag_addressing: bool = Field(
        True,
        description="A line that speaks to the model, as if to steer it, makes an ok a warn.",
    )
    second_opinion: Literal["same"] | Model | None = Field(
        None,
        description="The model that must confirm an alert before anyone is told, be it a model's "
        "or the built-in reading's; `same`: the model that judged; null: none. Where it says "
        "otherwise, the Run is a warn.",
        examples=["same", "anthropic:claude-haiku-4-5"],
    )

    @field_validator("second_opinion")
    @classmethod
    def _is_a_model(cls, value: str | None) -> str | None:
        if value == "builtin":
            raise ValueError("This must be `same` or a model; the built-in reading confirms none.")
        return value


def _amount(value: Any) -> Any:
    """A number, or the digits of one, for the type to judge."""
    if isinstance(value, bool) or (isinstance(value, str) and not DOLLARS.fullmatch(value.strip())):
        raise ValueError("This must be an amount of US dollars, such as 1.50.")
    return value


Tokens = Annotated[int, Whole(1, 1_000_000_000_000)]
Dollars = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False), BeforeValidator(_amount)]


class Budget(Strict):
    """Days and months are UTC's. Where no price of a model is known, tokens alone hold it."""

    tokens_per_day: Tokens | None = Field(
        None, description="Tokens a day, sent and answered; null: any."
    )
    tokens_per_month: Tokens | None = Field(None, description="Tokens a month; null: any.")
    usd_per_day: Dollars | None = Field(None, description="US dollars a day; null: any.")
    usd_per_month: Dollars | None = Field(None, description="US dollars a month; null: any.")
    policy: Literal["skip", "builtin", "model"] = Field(
        "skip",
        description="Where a call would pass it: `skip`, and the Run is an error; `builtin`, and "
        "the built-in reading judges; `model`, and `cheaper_model` does while it may.",
    )
    cheaper_model: Model | None = Field(
        None,
        validate_default=True,
        description="For the policy `model`.",
        examples=["openai:gpt-5-nano"],
    )

    @field_validator("cheaper_model")
    @classmethod
    def _is_there_for_its_policy(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("policy") == "model" and value in (None, "builtin"):
            raise ValueError("The policy `model` needs a model, such as openai:gpt-5-nano.")
        return value


class CostConfig(Strict):
    reuse_verdicts: bool = Field(
        True,
        description="Where nothing of another kind is new since a Run that was ok, its verdict "
        "stands, and the LLM is not asked.",
    )
    judge_every: Annotated[int, Whole(2, 1000)] = Field(
        12, description="Of so many Runs in a row, one is judged in any case."
    )
    budget: Budget = Field(default_factory=Budget)


class NotificationConfig(Strict):
    email_recipients: list[EmailStr] = Field(
        default_factory=list, max_length=100, examples=[["ops@example.com"]]
    )
    sms_recipients: list[Phone] = Field(
        default_factory=list, max_length=100, examples=[["+15551234567"]]
    )
    notify_on: Literal["alert_only", "warn_and_alert", "all"] = Field(
        "alert_only", description="`alert_only`: alert and error. `all`: every Run."
    )


TAG_PATTERN = known_pattern(
    r"^[^\W_][\w.:-]*$", "A tag is one word of letters, digits and any of . : _ - in it."
)
MAX_TAG_CHARS = 40
Tag = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        pattern=TAG_PATTERN,
        min_length=1,
        max_length=MAX_TAG_CHARS,
    ),
]


class MonitorIn(Resource):
    name: Name = Field(description="What people call it.", examples=["BTC bot anomaly detector"])
    log_source_id: Id | None = Field(None, description="The LogSource that it reads.")
    target_id: Id | None = Field(
        None,
        validate_default=True,
        description="The Target that its Inputs are read on; default: its LogSource's.",
    )
    prompt: NonBlank = Field(
        description="What to look for, in plain language.",
        examples=["Look for errors, stuck loops and API failures."],
    )
    inputs: list[InputIn] = Field(
        default_factory=list,
        max_length=20,
        validate_default=True,
        description="What is read at each Run; none: the LogSource is the one Input.",
    )
    interval_seconds: Annotated[int, Whole(*INTERVAL_BOUNDS)] = Field(
        300, description="Seconds from one Run to the next."
    )
    window_config: WindowConfig = Field(default_factory=WindowConfig)
    rules: RulesConfig = Field(default_factory=RulesConfig)
    collapse_repeats: bool = Field(True, description="Show lines alike once, with their count.")
    privacy_config: PrivacyConfig = Field(default_factory=PrivacyConfig)
    verdict_config: VerdictConfig = Field(default_factory=VerdictConfig)
    cost_config: CostConfig = Field(default_factory=CostConfig)
    notification_config: NotificationConfig = Field(default_factory=NotificationConfig)
    llm_model: Model | None = Field(
        None, description="`builtin` or `provider:model`; default: `LLM_MODEL`."
    )
    tags: list[Tag] = Field(
        default_factory=list,
        max_length=20,
        description="Words to find it by, with others of its like.",
        examples=[["prod", "trading"]],
    )
    paused: bool = Field(False, description="Do not run on schedule.")

    @field_validator("target_id")
    @classmethod
    def _has_a_place_to_read(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and info.data.get("log_source_id", 0) is None:
            raise ValueError(NOWHERE)
        return value

    @field_validator("inputs")
    @classmethod
    def _labels_are_unique(cls, inputs: list[InputIn]) -> list[InputIn]:
        seen = set()
        for number, item in enumerate(inputs):
            if item.label in seen:
                raise rule_broken((number, "label"), "Another Input has this label already.")
            seen.add(item.label)
        return inputs

    @field_validator("inputs")
    @classmethod
    def _have_something_to_read(cls, inputs: list[InputIn], info: ValidationInfo) -> list[InputIn]:
        if info.data.get("log_source_id", 0) is not None:
            return inputs
        if not inputs:
            raise ValueError("A Monitor without a LogSource needs at least one Input.")
        for number, item in enumerate(inputs):
            if item.mode != "command" and item.config is None:
                item.config = whole_of(item.mode)
            if item.mode != "command" and item.config is None:
                raise rule_broken(
                    (number, "config"), "This is required, as the Monitor has no LogSource."
                )
        return inputs


class Silence(Strict):
    """How long nobody is told."""

    seconds: Annotated[int, Whole(60, 31_622_400)] | None = Field(
        None, description="How long to be silent; default: until it is unmuted."
    )

    def until(self, now: datetime) -> datetime | None:
        return now + timedelta(seconds=self.seconds) if self.seconds else None


class MonitorOut(Out):
    id: int
    name: str
    log_source_id: int | None
    target_id: int | None
    prompt: str
    inputs: list[dict[str, Any]]
    interval_seconds: int
    window_config: WindowConfig
    rules: RulesConfig
    collapse_repeats: bool
    privacy_config: PrivacyConfig
    verdict_config: VerdictConfig
    cost_config: CostConfig
    notification_config: NotificationConfig
    llm_model: str | None
    tags: list[str]
    paused: bool
    muted: bool
    muted_until: Time | None
    state: str = Field(description="`paused`, `new`, or the status of its last Run that ended.")
    next_run_at: Time | None
    skipped_slots: int
    created_at: Time
    updated_at: Time
