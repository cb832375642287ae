"""What a Run asked its model, composed again from what the Run kept.

The message is not kept, as it would be the text a second time; a digest of it is, which tells
whether what is composed today is what was sent then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from webapp.models import Run
from webapp.pipeline.analyze import SYSTEM, question
from webapp.pipeline.steps import gaps_of
from webapp.pipeline.task import Work
from webapp.pipeline.values import FittedText, Gathered

# In the place of the fence, which was another one at that call.
FENCE = "(a number that no log can know)"
# A Run that ended so had nothing to send, or was not let.
NEVER_SENT = ("inputs_failed", "budget_exhausted")


@dataclass(frozen=True)
class Asked:
    """The two parts of what is sent to a model.

    `as_sent`: whether they are, but for the fence, those that were sent; None where the Run is
    from before that was noted.
    """

    instructions: str
    message: str
    as_sent: bool | None


def could_ask(run: Run) -> bool:
    """Whether its text went to a model, or was about to."""
    return run.llm_model != "builtin" and run.error_kind not in NEVER_SENT and not run.live


def asked(run: Run) -> Asked | None:
    """None where nothing left this service, or the Run kept too little to say what."""
    if not (could_ask(run) and run.prompt and run.logs_text):
        return None
    failed = [one for one in run.inputs if one["status"] == "failed"]
    message = question(
        run.prompt,
        run.logs_text,
        [one["label"] for one in run.inputs],
        missing=[one["label"] for one in failed if not one["bytes"]],
        partial=[one["label"] for one in failed if one["bytes"]],
        fence=FENCE,
    )
    noted = run.message_digest
    return Asked(SYSTEM, message, None if noted is None else noted == _digest(message))


def digest(work: Work, gathered: Sequence[Gathered], fitted: FittedText) -> str | None:
    """Of what is about to be sent; None where nothing leaves this service."""
    if work.llm.model == "builtin":
        return None
    missing, partial = gaps_of(gathered)
    labels = [one.label for one in gathered]
    return _digest(
        question(work.prompt, fitted.text, labels, missing=missing, partial=partial, fence=FENCE)
    )


def _digest(message: str) -> str:
    return blake2b(f"{SYSTEM}\0{message}".encode(), digest_size=16).hexdigest()
