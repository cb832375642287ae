"""No call to a model is made that would pass a budget; and what becomes of the Run then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from webapp.caps import SERVICE, Cap, caps_of, unpriced_note
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import BudgetNotice, Claim, Reservation, Run
from webapp.models.claim import Notices, no_notices
from webapp.models.reservation import LONGEST, Refusal, Wanted
from webapp.pipeline import columns
from webapp.pipeline.analyze import SYSTEM, Ask, ask_model, at_most
from webapp.pipeline.notify import plan
from webapp.pipeline.task import MEASURED_RUNS, Task, Work, load_silence
from webapp.pipeline.values import Analysis, LlmSettings, StageError, Usage
from webapp.schemas.monitor import Budget

TOLD_ONCE = "That a budget is used up is told once in its period, and not by each Run."


@dataclass
class Gate:
    """The way to the models of one Run, try or test.

    `monitor_id` is 0 where no Monitor is saved. `refusal`: the last call that was not made.
    """

    caps: list[Cap]
    monitor_id: int
    day: date
    ends_at: datetime
    run_id: int | None = None
    ask: Ask = ask_model
    refusal: Refusal | None = None
    was_asked: bool = False
    notes: list[str] = field(default_factory=list)
    _held: list[int] = field(default_factory=list)

    def __call__(
        self, settings: LlmSettings, message: str, *, deadline_seconds: float | None
    ) -> Any:
        """As `ask` does. Raises StageError `budget_exhausted` too, and then asked nobody."""
        if not self.caps:
            return self.ask(settings, message, deadline_seconds=deadline_seconds)
        self.was_asked = True
        held = self._reserve(settings, message)
        try:
            answer, usage = self.ask(settings, message, deadline_seconds=deadline_seconds)
        except StageError as error:
            self._settle(held, error.usage)
            raise
        self._settle(held, usage)
        return answer, usage

    @property
    def noted(self) -> dict[str, str | None]:
        """The column that says what the budgets made of it, or do not hold."""
        return {"budget_note": " ".join(self.notes) or None}

    def release(self) -> None:
        """What it held is counted by now. That of a Run goes as its verdict is recorded."""
        if self._held:
            Reservation.drop(self._held)
            self._held.clear()

    def _reserve(self, settings: LlmSettings, message: str) -> int:
        most = at_most(settings, self._longest_answer(settings.model), SYSTEM, message)
        wanted = Wanted(
            self.monitor_id, self.day, most.tokens, most.cost_usd, self.ends_at, self.run_id
        )
        held = Reservation.make(wanted, self.caps, utc_now())
        db.session.remove()
        if isinstance(held, Refusal):
            self.refusal = held
            raise StageError("budget_exhausted", held.sentence)
        note = most.cost_usd is None and unpriced_note(self.caps, settings.model)
        if note and note not in self.notes:
            self.notes.append(note)
        self._held.append(held)
        return held

    def _settle(self, held: int, usage: Usage | None) -> None:
        if usage and usage.tokens:
            Reservation.settle(held, usage.tokens, usage.cost_usd or 0.0)
        else:
            Reservation.drop([held])
            self._held.remove(held)
        db.session.remove()

    def _longest_answer(self, model: str) -> int:
        if not self.monitor_id:
            return 0
        used = Run.usage(self.monitor_id, model, MEASURED_RUNS)
        db.session.remove()
        return max((answer for _, _, answer in used), default=0)


def gate_of_run(claim: Claim, task: Task, settings: Settings) -> Gate:
    """Its day is that on which the Run was taken, as what it takes is counted there."""
    caps = _caps(task.cost.budget, claim.monitor_id, settings)
    day = claim.taken_at.date()
    return Gate(caps, claim.monitor_id, day, claim.ends_at, claim.run_id)


def gate_of_try(settings: Settings, budget: Budget | None = None, monitor_id: int = 0) -> Gate:
    """Of a try of a Monitor, saved (`monitor_id`) or not; or of a test of a model."""
    now = utc_now()
    caps = _caps(budget if monitor_id else None, monitor_id, settings)
    return Gate(caps, monitor_id, now.date(), now + LONGEST)


def within(gate: Gate, work: Work, judged: Callable[[Work], Analysis]) -> Analysis:
    """Judge by the Monitor's model, or where a budget refuses it as that says.

    `judged` is given the gate as its `ask`. Raises StageError.
    """
    try:
        return judged(work)
    except StageError as error:
        if error.kind != "budget_exhausted" or gate.refusal is None:
            raise
        if gate.refusal.cap.policy == "skip":
            raise
        analysis = _instead(gate, work, judged, gate.refusal)
        # Those that were made until then, such as one to a model that was out.
        return replace(analysis, calls=(*error.calls, *analysis.calls))


def silence_of(outcome: Mapping[str, Any]) -> str | None:
    """Why nobody is told of such a Run; None where it is told as others are."""
    skipped = outcome["verdict"] == "error" and outcome["error_kind"] == "budget_exhausted"
    return TOLD_ONCE if skipped else None


def notices_of(gate: Gate, task: Task, settings: Settings) -> Notices:
    """What is told of the budgets as the Run is recorded, to all whom its Monitor tells.

    Where that has nobody, or is muted, a later Run tells it, be it of another Monitor.
    """
    rows = plan(
        "alert",
        task.notification_config,
        mail_configured=settings.smtp_host is not None,
        sms_configured=settings.sms_url is not None,
    )
    if not gate.was_asked or not any(row.status == "pending" for row in rows):
        return no_notices
    if load_silence(gate.monitor_id, utc_now()):
        return no_notices
    refused = gate.refusal.cap if gate.refusal else None

    def notices() -> list[dict[str, Any]]:
        now = utc_now()
        passed = BudgetNotice.pass_marks(gate.caps, gate.day, now, refused)
        return [
            row | {"notice": mark.sentence}
            for mark in passed
            for row in columns.of_outbox(rows, now)
        ]

    return notices


def _instead(
    gate: Gate, work: Work, judged: Callable[[Work], Analysis], refusal: Refusal
) -> Analysis:
    cheaper = refusal.cap.cheaper_model
    if refusal.cap.policy == "model" and cheaper and cheaper != work.llm.model:
        try:
            analysis = judged(_by(work, cheaper))
        except StageError as error:
            if error.kind != "budget_exhausted":
                error.message = f"{refusal.sentence} In its place, {error.message}"
                raise
        else:
            gate.notes.append(f"{refusal.sentence} So {cheaper} judged it.")
            return analysis
    gate.notes.append(f"{refusal.sentence} So the built-in reading judged it.")
    return judged(_by(work, "builtin"))


def _by(work: Work, model: str) -> Work:
    return replace(work, llm=work.llm.of(model))


def _caps(budget: Budget | None, monitor_id: int, settings: Settings) -> list[Cap]:
    own = caps_of(budget, monitor_id) if budget else []
    return [*own, *caps_of(settings.budget, SERVICE)]
