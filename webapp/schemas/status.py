from typing import Any, Literal

from pydantic import Field, model_validator

from webapp.fields import Strict, Time
from webapp.schemas.base import Out

NO_RUN_YET = "No Run has ended yet."


class Failing(Strict):
    """From which state on a caller wants to fail."""

    fail: Literal["warn", "alert"] | None = Field(
        None,
        description="Answer 503 where it is as bad or worse; error counts as alert, "
        "what is paused or muted never.",
    )


class MonitorStatus(Out):
    """How a Monitor stands, on one line."""

    id: int
    name: str
    state: str = Field(description="`paused`, `new`, or the status of its last Run that ended.")
    muted: bool
    since: Time | None = Field(description="The end of the first of its last Runs of one status.")
    sentence: str = Field(description="What its last Run said, or why it could not judge.")
    run_id: int | None = Field(description="That Run.")
    finished_at: Time | None = Field(description="When that Run ended.")

    @model_validator(mode="before")
    @classmethod
    def _from_row(cls, monitor: Any) -> Any:
        """The half of it stands in the Monitor's Standing, once there is one."""
        if isinstance(monitor, dict):
            return monitor
        said = monitor.standing
        return {name: getattr(monitor, name) for name in ("id", "name", "state", "muted")} | {
            "since": said and said.since,
            "sentence": said.sentence if said else NO_RUN_YET,
            "run_id": said and said.run_id,
            "finished_at": said and said.finished_at,
        }


class TagBrief(Out):
    """A tag in a list."""

    tag: str
    state: str = Field(description="That of the worst of its Monitors that run and tell.")
    monitors: int = Field(description="How many have it.")
    counts: dict[str, int] = Field(
        description="How many are in each state; those that are paused or muted in no other."
    )


class TagStatus(TagBrief):
    """How the Monitors of a tag stand, on one line."""

    sentence: str = Field(description="The counts as a sentence.")
    worst: list[MonitorStatus] = Field(description="Those that are bad, worst first.")
