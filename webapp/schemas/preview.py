"""What a preview and a try of a Monitor answer; see webapp.pipeline.preview."""

from typing import Any, Literal

from pydantic import Field, model_validator

from webapp.fields import Time
from webapp.schemas.base import Out
from webapp.schemas.run import FindingOut, InputOut, LlmOut, RunError


class EstimateOut(Out):
    """What judging would take, before anything is sent; of a month's 30 days."""

    model: str
    input_tokens: int
    output_tokens: int
    measured_runs: int = Field(description="Earlier Runs that it stands on; 0: what is usual.")
    cost_usd: float | None = Field(description="Of one Run; null: no price is known.")
    runs_a_month: int
    cost_usd_a_month: float | None


class PreviewOut(Out):
    """What the Inputs gave just now, and what would be sent. Nothing of it is kept."""

    made_at: Time
    inputs: list[InputOut]
    redactions: dict[str, int] = Field(description="How many secrets of each kind were replaced.")
    logs_text: str
    raw_text: str | None = Field(
        description="The window with every line as it was read; null where `logs_text` is that."
    )
    context_tokens: int | None = Field(description="As `llm.context_tokens` of a Run.")
    window_note: str | None = Field(description="As that of a Run.")
    instructions: str | None = Field(description="Null where nothing leaves this machine.")
    message: str | None = Field(description="Its fence is a new one at every call.")
    estimate: EstimateOut
    problem: str | None = Field(description="Why a Run could not judge, as a sentence.")


class TryOut(PreviewOut):
    """The same, and what came of it. It is no Run, and nobody is told."""

    status: Literal["ok", "warn", "alert", "error"]
    summary: str | None = None
    report: str | None = None
    recommendations: list[str]
    findings: list[FindingOut]
    error: RunError | None
    llm: LlmOut | None
    budget_note: str | None = Field(
        None, description="Why another model judged it, or what no budget holds."
    )

    @model_validator(mode="before")
    @classmethod
    def _with_outcome(cls, tried: Any) -> Any:
        if isinstance(tried, dict):
            return tried
        outcome = tried.outcome
        is_judged = outcome["error_kind"] is None
        error = {"kind": outcome["error_kind"], "message": outcome["error_message"]}
        return {
            **{name: getattr(tried, name) for name in PreviewOut.model_fields},
            **({"recommendations": [], "findings": []} | outcome),
            "status": outcome["verdict"],
            "error": None if is_judged else error,
            "llm": _llm(tried, outcome) if is_judged else None,
        }


def _llm(tried: Any, outcome: dict[str, Any]) -> dict[str, Any]:
    told = {"model": outcome["llm_model"], "context_tokens": tried.context_tokens}
    return told | outcome
