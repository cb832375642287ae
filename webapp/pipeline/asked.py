"""What a Run asked its model, composed again from what the Run kept.

The message is not kept, as it would be the text a second time; a digest of it is, which tells
whether what is composed today is what was sent then.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from webapp.models import Run
from webapp.pipeline.analyze import PROMPT_VERSION, SYSTEM, Question, question

# In the place of a fence that was not noted.
FENCE = "(a number that no log can know)"
# A Run that ended so had nothing to send, or was not let.
NEVER_SENT = ("inputs_failed", "budget_exhausted")


@dataclass(frozen=True)
class Asked:
    """The two parts of what is sent to a model.

    `as_sent`: whether they are those that were sent; None where the Run is from before that was
    noted.
    """

    instructions: str
    message: str
    as_sent: bool | None


def could_ask(run: Run) -> bool:
    """Whether its text went to a model, or was about to."""
    # The built-in reading may have judged in place of a model, or been confirmed by one.
    asks = (run.llm_model != "builtin" or bool(run.calls)) and run.reused_from is None
    # One that a budget stopped may have asked a model that was out before.
    was_let = run.error_kind not in NEVER_SENT or bool(run.calls)
    return asks and was_let and not run.live


def asked(run: Run) -> Asked | None:
    """None where nothing left this service, or the Run kept too little to say what."""
    if not (could_ask(run) and run.prompt and run.logs_text):
        return None
    failed = [one for one in run.inputs if one["status"] == "failed"]
    again = question(
        run.prompt,
        run.logs_text,
        [one["label"] for one in run.inputs],
        missing=[one["label"] for one in failed if not one["bytes"]],
        partial=[one["label"] for one in failed if one["bytes"]],
        facts=run.facts,
        **run.notes,
        fence=run.fence or FENCE,
    )
    digest = run.message_digest
    return Asked(SYSTEM, again.message, None if digest is None else digest == _digest(again))


def noted(question: Question | None) -> dict[str, Any]:
    """The columns by which it is known again; None: nothing leaves this service."""
    if question is None:
        nothing = ("fence", "facts", "message_digest", "prompt_version")
        return dict.fromkeys(nothing) | {"notes": {}}
    return {
        "prompt_version": PROMPT_VERSION,
        "fence": question.fence,
        "facts": question.facts,
        "notes": {"noise": list(question.noise), "missed": list(question.missed)},
        "message_digest": _digest(question),
    }


def _digest(question: Question) -> str:
    return blake2b(f"{SYSTEM}\0{question.message}".encode(), digest_size=16).hexdigest()
