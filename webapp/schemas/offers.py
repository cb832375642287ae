from webapp.fields import Time
from webapp.schemas.base import Out


class ContainerOut(Out):
    name: str
    image: str
    state: str


class RecentFileOut(Out):
    path: str
    bytes: int
    modified_at: Time


class WorkloadOut(Out):
    name: str
    state: str


class OffersOut(Out):
    """What can be read on a Target, as far as it can be listed within two seconds."""

    containers: list[ContainerOut]
    files: list[RecentFileOut]
    pods: list[WorkloadOut]
    problems: list[str]
