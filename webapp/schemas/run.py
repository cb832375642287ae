from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from webapp.fields import Time
from webapp.pipeline.values import By, Purpose, VerdictStatus
from webapp.schemas.base import Out
from webapp.schemas.correction import CorrectionOut

Status = Literal["queued", "running", "ok", "warn", "alert", "error"]
Trigger = Literal["schedule", "manual"]
Span = Literal["day", "week"]
# How far back each of them looks.
SPANS: dict[str, timedelta] = {"day": timedelta(days=1), "week": timedelta(days=7)}


class SeenOut(Out):
    """How often the Runs of a Monitor had a finding, this one included."""

    times: int
    first_at: Time
    last_at: Time | None = Field(description="Before this Run; null: this is the first.")
    says: str = Field(description="The same in words.", examples=["First seen."])


class FindingOut(Out):
    severity: str
    label: str | None
    line: int | None
    quote: str | None
    explanation: str
    verified: bool
    new: bool = Field(True, description="False: its line was judged at an earlier Run.")
    by: By = Field(
        "model",
        description="Who says so. `silence`: no line came for too long; `addressing`: a line "
        "speaks to the model.",
    )
    fingerprint: str | None = Field(
        None, description="The same for all that are alike, at whatever Run; null: from before."
    )
    seen: SeenOut | None = Field(
        None, description="As it was at this Run; null where nothing new raised it."
    )
    noise: str | None = Field(
        None, description="Who says that it is noise, and why; it raises nothing then."
    )
    raised: str | None = Field(
        None, description="Who says that it is an alert, and why, where it would be less."
    )


class RunError(Out):
    kind: str
    message: str


class InputOut(Out):
    label: str
    mode: str
    command: str | None
    status: Literal["ok", "failed"]
    exit_code: int | None
    duration_ms: int
    bytes: int
    lines: int
    kept_lines: int
    kept_chars: int
    truncated: bool
    alike_lines: int = Field(0, description="Counted with a kept line that is like them.")
    ignored_lines: int = Field(0, description="Dropped by a rule, and counted nowhere else.")
    new_lines: int | None = Field(
        None, description="Since the last Run that was judged; null: not told apart."
    )
    notices: list[str] = Field(
        default_factory=list, description="What befell it since: rotated, recreated, a gap."
    )
    error: str | None
    stderr: str


class CallOut(Out):
    """One question to a model: asked for the `verdict`, once more for the `citation` that was
    missing, as the `fallback` of one that was out, or for a `second_opinion`."""

    purpose: Purpose
    model: str
    status: VerdictStatus | None = Field(description="What it said; null: it gave no verdict.")
    error: str | None = Field(description="Why it gave none.")
    dropped_citations: int = Field(description="Numbers that it cited and no line has.")
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


class LlmOut(Out):
    """`model` judged; tokens and cost are those of all `calls`."""

    model: str
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    reused_from: int | None = Field(
        None, description="The Run whose verdict this one reuses; no model was asked."
    )
    instead_of: str | None = Field(None, description="The model that was to judge and was out.")
    context_tokens: int | None = Field(
        None,
        description="What the smallest known model that may read the text reads at once, its "
        "answer included; null: no server told.",
    )
    prompt_version: int | None = Field(
        None, description="Of the instructions that models were asked by; null: none was asked."
    )
    calls: list[CallOut] = Field(default_factory=list)


class NotificationOut(Out):
    """`due_at`: when it is tried next, while it is pending."""

    id: int
    channel: str
    recipient: str
    status: str
    attempts: int
    error: str | None
    notice: str | None = Field(
        None, description="What it tells in place of how the Run came out, such as of a budget."
    )
    due_at: Time
    sent_at: Time | None


class MeasuredOut(Out):
    """What a Run that ended took; the unknown is null, as tokens are where no LLM was asked."""

    run_id: int
    finished_at: Time
    status: Status
    duration_ms: int | None
    bytes: int | None = Field(description="Read, of all Inputs.")
    lines: int | None = Field(description="Read, of all Inputs.")
    kept_lines: int | None = Field(description="Of those, sent.")
    alike_lines: int | None = Field(description="Of those, counted with one like them.")
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None


class RunBrief(Out):
    """A Run in a list: without `logs_text` and `report`."""

    id: int
    monitor_id: int
    trigger: str
    status: Status
    stage: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    duration_ms: int | None
    summary: str | None
    recommendations: list[str]
    findings: list[FindingOut]
    no_line_cited: bool = Field(
        description="A model says that something is wrong, and no line of the log stands behind it."
    )
    error: RunError | None
    inputs: list[InputOut]
    redactions: dict[str, int] = Field(description="How many secrets of each kind were replaced.")
    llm: LlmOut | None
    window_note: str | None = Field(
        description="What was cut of the window as a model reads no more at once, as a sentence."
    )
    budget_note: str | None = Field(
        description="Why another than the Monitor's model judged it, or what no budget holds."
    )
    notifications: list[NotificationOut]
    corrections: list[CorrectionOut] = Field(
        description="What people said of it later: that it was a false alarm, or missed something."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:
        """`error` and `llm` are columns side by side in the row."""
        return _values(cls, row)


class RunOut(RunBrief):
    report: str | None
    logs_text: str | None
    raw_text: str | None = Field(
        description="The window with every line as it was read; null where `logs_text` is that."
    )


class OutcomeOut(Out):
    """What judging gave, and what it took, of a Run that need not be saved."""

    status: Status
    summary: str | None
    report: str | None
    recommendations: list[str]
    findings: list[FindingOut]
    no_line_cited: bool
    error: RunError | None
    llm: LlmOut | None
    redactions: dict[str, int]
    logs_text: str | None
    raw_text: str | None

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, row: Any) -> Any:
        return _values(cls, row)


class KindOut(Out):
    """Lines that differ in numbers, ids and times only; the first stands for all."""

    label: str | None
    line: int
    text: str
    level: str | None
    count: int


class KindsOut(Out):
    """The gravest first; `more` are left out."""

    shown: list[KindOut]
    more: int


class LevelCountOut(Out):
    level: str
    before: int
    after: int


class ChangesOut(Out):
    """What changed from one Run to a later one; lines only where both Runs have a text."""

    previous_id: int
    run_id: int
    status_before: Status
    status_after: Status
    new_findings: list[FindingOut]
    gone_findings: list[FindingOut]
    still_findings: list[FindingOut]
    compared: bool
    new_kinds: KindsOut
    gone_kinds: KindsOut
    levels: list[LevelCountOut]


_GROUPED = ("error", "llm")


def _values(schema: type[Out], row: Any) -> Any:
    if isinstance(row, dict):
        return row
    values = {name: getattr(row, name) for name in schema.model_fields if name not in _GROUPED}
    return values | {"error": _error(row), "llm": _llm(row)}


def _error(row: Any) -> dict[str, Any] | None:
    return row.error_kind and {"kind": row.error_kind, "message": row.error_message}


def _llm(row: Any) -> dict[str, Any] | None:
    return row.llm_model and {
        "model": row.llm_model,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "cost_usd": row.cost_usd,
        "reused_from": row.reused_from,
        "instead_of": row.instead_of,
        "context_tokens": row.context_tokens,
        "prompt_version": row.prompt_version,
        "calls": row.calls,
    }
