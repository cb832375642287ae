"""The containers of a Docker engine, for whoever chooses one to read."""

from dataclasses import dataclass
from typing import Any

from webapp.pipeline.sources.engine import (
    TROUBLE,
    EngineTrouble,
    came_late,
    connected,
    no_answer,
    why,
)
from webapp.pipeline.sources.within import OutOfTimeError, within

MOST = 200


@dataclass(frozen=True)
class Container:
    """`state` as the engine has it: running, exited, paused, …"""

    name: str
    image: str
    state: str


def list_containers(url: str, seconds: float) -> list[Container]:
    """Running ones first. Raises EngineTrouble, within `seconds` however slow the engine is."""
    try:
        found = within(seconds, lambda: _list(url, seconds))
    except OutOfTimeError:
        raise EngineTrouble(no_answer(url)) from None
    if isinstance(found, str):
        raise EngineTrouble(found)
    return sorted(found, key=lambda one: (one.state != "running", one.name))[:MOST]


def _list(url: str, seconds: float) -> list[Container] | str:
    """Or the sentence: nothing that is raised here gets out of the thread that it runs in."""
    try:
        with connected(url, seconds) as client:
            return [_container(row) for row in client.api.containers(all=True)]
    except TROUBLE as problem:
        return no_answer(url) if came_late(problem) else why(url, problem)


def _container(row: dict[str, Any]) -> Container:
    return Container(row["Names"][0].lstrip("/"), str(row["Image"]), str(row["State"]))
