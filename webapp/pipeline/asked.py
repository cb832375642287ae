"""What a Run asked its model, composed again from what the Run kept."""

from dataclasses import dataclass

from webapp.models import Run
from webapp.pipeline.analyze import SYSTEM, question

# In the place of the fence, which was another one at that call.
FENCE = "(a number that no log can know)"
# A Run that ended so had nothing to send, or was not let.
NEVER_SENT = ("inputs_failed", "budget_exhausted")


@dataclass(frozen=True)
class Asked:
    """The two parts of what is sent to a model."""

    instructions: str
    message: str


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
    return Asked(SYSTEM, message)
