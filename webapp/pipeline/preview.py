"""What a Monitor would do if it ran now, before it is saved: nothing is kept, nobody is told.

A try costs what a Run costs, so that what it took is counted among what LLMs took.

No connection to the database is held while a command or an LLM is waited for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from webapp.clock import utc_now
from webapp.config import Settings
from webapp.models import Run
from webapp.models.lookup import look_anew
from webapp.pipeline import columns
from webapp.pipeline.analyze import (
    SYSTEM,
    Estimate,
    Question,
    Used,
    context_of,
    estimate,
    why_no_room,
    why_not_asked,
)
from webapp.pipeline.budget import gate_of_try, within
from webapp.pipeline.gather import require_any
from webapp.pipeline.spending import count
from webapp.pipeline.steps import Read, judge, of_failed, question_of, read, redactor_of, to_confirm
from webapp.pipeline.task import MEASURED_RUNS, Work, load_draft
from webapp.pipeline.values import Gathered, StageError
from webapp.schemas import MonitorIn

# At once in a process of the web server: each may take as long as a Run, and has a thread that
# would else answer people.
AT_ONCE = 8
_turns = BoundedSemaphore(AT_ONCE)


class TooMany(Exception):
    """So many previews and tries are under way that this one is not begun; the text says so."""


@dataclass(frozen=True)
class Preview:
    """What was gathered, and what would be sent to the model.

    `inputs` to `window_note` are as a Run has them. `instructions` and
    `message` are the two parts of what is sent; None where nothing leaves this service. `problem`
    is the sentence that says why a Run could not judge. `confirmed_by`: the model that an alert of
    the built-in reading is sent to, which the estimate is of. `outcome`: the columns of a Run that
    say how a try came out; None where nothing was asked.
    """

    made_at: datetime
    inputs: list[dict[str, Any]]
    logs_text: str
    raw_text: str | None
    redactions: dict[str, int]
    context_tokens: int | None
    window_note: str | None
    estimate: Estimate
    instructions: str | None = None
    message: str | None = None
    problem: str | None = None
    confirmed_by: str | None = None
    outcome: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Draft:
    """A Monitor as it would be, with what its earlier Runs took of its model."""

    work: Work
    interval_seconds: int
    used: list[Used] = field(default_factory=list)


def preview(data: MonitorIn, settings: Settings, monitor_id: int | None = None) -> Preview:
    """Read the Inputs now. Raises Invalid where the Monitor could not be saved, and TooMany.

    `monitor_id` is that of the Monitor which is being changed.
    """
    draft = _load(data, settings, monitor_id)
    with _turn():
        given = read(
            draft.work, settings, redactor_of(settings, draft.work.inputs, draft.work.hidden)
        )
    now = utc_now()
    return _shown(draft, given, question_of(draft.work, given, now), now)


def try_out(data: MonitorIn, settings: Settings, monitor_id: int | None = None) -> Preview:
    """Read the Inputs now and have them judged. Raises as `preview` does."""
    draft = _load(data, settings, monitor_id)
    with _turn():
        return _tried(draft, settings, monitor_id)


def _tried(draft: _Draft, settings: Settings, monitor_id: int | None) -> Preview:
    redactor = redactor_of(settings, draft.work.inputs, draft.work.hidden)
    given = read(draft.work, settings, redactor)
    now = utc_now()
    asked = question_of(draft.work, given, now)
    gate = gate_of_try(settings, draft.work.cost.budget, monitor_id or 0)
    try:
        require_any(given.gathered)
        analysis = within(gate, draft.work, lambda work: judge(work, given, asked, now, gate))
    except StageError as error:
        count(error.calls, monitor_id)
        outcome = of_failed(draft.work, given, error, redactor, now)
    else:
        count(analysis.calls, monitor_id)
        outcome = columns.of_verdict(analysis, redactor) | gate.noted
    gate.release()
    return _shown(draft, given, asked, now, outcome)


@contextmanager
def _turn() -> Iterator[None]:
    """One of those that may be under way at once. Raises TooMany."""
    if not _turns.acquire(blocking=False):
        raise TooMany(f"{AT_ONCE} previews are under way already; try again in a moment.")
    try:
        yield
    finally:
        _turns.release()


def _load(data: MonitorIn, settings: Settings, monitor_id: int | None) -> _Draft:
    work = load_draft(data, settings, monitor_id)
    rows = Run.usage(monitor_id, work.llm.model, MEASURED_RUNS) if monitor_id else []
    look_anew()  # and so gives the connection back
    return _Draft(work, data.interval_seconds, [Used(*row) for row in rows])


def _shown(
    draft: _Draft,
    given: Read,
    asked: Question | None,
    now: datetime,
    outcome: dict[str, Any] | None = None,
) -> Preview:
    message = asked.message if asked else None
    llm = draft.work.llm
    confirms = to_confirm(draft.work, given, now) if llm.model == "builtin" else None
    llm = llm.of(confirms) if confirms else llm
    chars = len(SYSTEM) + len(message) if message else 0
    frame = chars - len(given.fitted.text) if message else 0
    used = [] if confirms else draft.used
    return Preview(
        made_at=now,
        **columns.of_evidence(given.gathered, given.fitted),
        estimate=estimate(llm, chars, frame, used, draft.interval_seconds),
        instructions=message and SYSTEM,
        message=message,
        problem=_problem(draft.work, given.gathered, message),
        confirmed_by=confirms,
        outcome=outcome,
    )


def _problem(work: Work, gathered: list[Gathered], message: str | None) -> str | None:
    try:
        require_any(gathered)
    except StageError as error:
        return error.message
    context_tokens = context_of(work.llm)
    return why_not_asked(work.llm) or (
        why_no_room(work.llm, context_tokens, message) if message else None
    )
