from typing import Annotated

from pydantic import Field, StringConstraints

from webapp.fields import Strict, Whole
from webapp.sentences import known_pattern

_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_LABEL = r"[A-Za-z0-9][A-Za-z0-9_./-]*(=[^,\s]*)?"
_CONTAINER = StringConstraints(
    pattern=known_pattern(
        rf"^({_NAME}|{_NAME}/{_NAME}|{_LABEL}=[^,\s]*(,{_LABEL})*)$",
        "This must be the name or id of a container (letters, digits, _, . and -), project/service "
        "of Docker Compose, or labels as in role=worker,team=shop.",
    ),
    max_length=255,
)


class DockerLogsConfig(Strict):
    container_name: Annotated[str, _CONTAINER] = Field(
        title="Container",
        description="Name or id of a container; or several at once: a Compose service as "
        "`project/service`, or labels as `role=worker`.",
        examples=["btc_trading_service"],
        json_schema_extra={"offered": "containers"},
    )
    tail: Annotated[int, Whole(1, 100_000)] = Field(
        2000,
        title="Lines from the end",
        description="At most so many lines are read of each container.",
        examples=[500],
    )
    since_seconds: Annotated[int, Whole(1, 2_678_400)] | None = Field(
        None,
        title="Seconds back",
        description="Only what is younger, or came since the last Run; "
        "empty: whatever the number of lines gives.",
        examples=[300],
    )
    timestamps: bool = Field(
        False,
        title="Times of the engine",
        description="Before each line, when it was printed. For example: where the program "
        "writes no times of its own",
    )
