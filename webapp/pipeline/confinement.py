"""What commands are held to on this machine, and what nothing here holds them to."""

import os
import pwd
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webapp.config import Settings
from webapp.pipeline import warden
from webapp.pipeline.cgroup import lacking
from webapp.pipeline.values import Bounds

# What the kernel's controllers bound.
CALLED = {"memory": "memory", "pids": "processes"}


@dataclass(frozen=True)
class Confinement:
    """`run_as`: a user. `limits`: by what they bound. `not_enforced`: sentences."""

    run_as: str
    limits: Mapping[str, str]
    not_enforced: tuple[str, ...]


def confinement(settings: Settings) -> Confinement:
    """As this process would start a command."""
    bounds = settings.command_bounds
    return Confinement(
        run_as=bounds.user.name if bounds.user else _own_name(),
        limits=_limits(settings.command_timeout_seconds, bounds),
        not_enforced=tuple(_not_enforced(bounds)),
    )


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _limits(seconds: int, bounds: Bounds) -> dict[str, str]:
    return {
        "Time": f"{seconds} s, or its Input's own",
        "CPU time": _most(bounds.cpu_seconds, "s"),
        "Memory": _most(bounds.memory_mb, "MB"),
        "Processes": _most(bounds.processes, "at once"),
        "Each file": _most(bounds.file_mb, "MB"),
        "Priority": f"{bounds.niceness} lower" if bounds.niceness else "the service's",
    }


def _most(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number else "any"


def _not_enforced(bounds: Bounds) -> Iterator[str]:
    if os.geteuid() == 0 and bounds.user is None:
        yield (
            "Commands run as root: they may do anything on this machine. "
            "`COMMAND_USER` names another user for them."
        )
    elif bounds.user is None:
        yield (
            "Commands run as the service's own user, and may read and change all that is the "
            "service's: its database, its settings, its keys."
        )
    if sys.platform != "linux":
        yield "Only Linux tells how much memory, CPU time and processes a command uses."
    elif not warden.can_mark():
        yield "What leaves a command by `setsid` may outlive it here, as it cannot be marked."
    elif not bounds.cgroup:
        yield (
            "What leaves a command by `setsid` and takes off its mark (`oom_score_adj`), as only "
            "what means to get away does, may outlive it. `COMMAND_CGROUP` holds that too."
        )
    if sampled := _sampled(bounds):
        yield f"{sampled} looked at twice a second; in between a command may use more."
    yield "What all its files take together, and whom it talks to over the network, is not bounded."


def _sampled(bounds: Bounds) -> str:
    """What no control group of a command holds."""
    if not bounds.cgroup:
        return "Memory, CPU time and processes are"
    without = [CALLED[name] for name in lacking(bounds.cgroup)]
    if without:
        return f"`COMMAND_CGROUP` does not bound {' and '.join(without)}: these and CPU time are"
    return "CPU time is"
