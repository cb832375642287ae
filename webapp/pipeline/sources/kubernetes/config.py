import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from webapp.fields import Strict, Whole
from webapp.pipeline.kubernetes.names import LABEL, NAME, NAMESPACE, WORKLOADS
from webapp.sentences import known_pattern

_KEY = r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?"
_VALUE = r"([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?"
_REQUIREMENT = rf"{_KEY}(=|==|!=){_VALUE}|{_KEY} (in|notin) \({_VALUE}(, ?{_VALUE})*\)"
_SELECTOR = re.compile(rf"({_REQUIREMENT})(, ?({_REQUIREMENT}))*")
_KINDS = "|".join(WORKLOADS)
_ONE = re.compile(rf"(({_KINDS}|pod)/)?{NAME}")


def _pods(asked: str) -> str:
    if not (_ONE.fullmatch(asked) or _SELECTOR.fullmatch(asked)):
        raise ValueError(
            "This must be the name of a pod, a workload as in deployment/shop (or "
            f"{', '.join(kind for kind in WORKLOADS if kind != 'deployment')}), or a selector as "
            "in app=shop,tier!=db."
        )
    return asked


class KubernetesLogsConfig(Strict):
    pods: Annotated[str, StringConstraints(max_length=500), AfterValidator(_pods)] = Field(
        title="Pods",
        description="Name of a pod; or several at once: a workload as `deployment/shop`, or a "
        "selector as `app=shop,tier!=db`.",
        examples=["deployment/shop"],
        json_schema_extra={"offered": "pods"},
    )
    namespace: (
        Annotated[
            str,
            StringConstraints(
                pattern=known_pattern(
                    rf"^({NAMESPACE}|\*)$",
                    "This must be the name of a namespace (a-z, 0-9 and -), or * for a selector in "
                    "all of them.",
                ),
                max_length=63,
            ),
        ]
        | None
    ) = Field(
        None,
        title="Namespace",
        description="Empty: the Target's. * is all of them, for a selector.",
        examples=["payments"],
    )
    container: (
        Annotated[
            str,
            StringConstraints(pattern=LABEL, max_length=63),
        ]
        | None
    ) = Field(
        None,
        title="Only this container",
        description="Empty: all of each pod, but for init containers that ended well.",
        examples=["web"],
    )
    previous: bool = Field(
        True,
        title="Before a restart too",
        description="What a container printed before it was last restarted, which tells why. "
        "For example: the stack trace that ended it",
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
        title="Times of the cluster",
        description="Before each line, when it was printed. For example: where the program "
        "writes no times of its own",
    )
