"""A look at a Target: can it be used, and by whom? It goes the way that a Run goes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webapp.clock import milliseconds_since
from webapp.config import Settings
from webapp.models import Target
from webapp.models.lookup import look_anew
from webapp.pipeline.hosts import run
from webapp.pipeline.redact import redact
from webapp.pipeline.sources.engine import EngineTrouble, look_at_engine
from webapp.pipeline.task import host_of
from webapp.pipeline.values import Host
from webapp.schemas import TargetIn

# How long a Target may take to show itself, and how much of that is kept.
SECONDS, KEEP_BYTES = 10, 16 * 1024
ITSELF = """\
printf 'Runs as=%s\\n' "$(id -un 2>/dev/null || id -u)"
printf 'Groups=%s\\n' "$(id -Gn 2>/dev/null || id -G)"
printf 'Host=%s\\n' "$(uname -n)"
printf 'System=%s\\n' "$(uname -sr)"
printf 'Commands begin in=%s\\n' "$(pwd)"
"""
CLIENT = "command -v docker || echo 'not installed, so no command can call it'"


class Unusable(Exception):
    """The text says why."""


@dataclass(frozen=True)
class TargetCheck:
    """What a Target says of itself as this process reaches it, or why it cannot be used."""

    ok: bool
    duration_ms: int
    facts: Mapping[str, str]
    error: str | None = None


def look_at(target: Target | TargetIn, settings: Settings) -> TargetCheck:
    """Use a Target, saved or not, and keep nothing of it."""
    look, host = LOOKS[target.type], host_of(target, settings)
    look_anew()
    began = time.monotonic()
    try:
        facts = look(host, settings)
    except (Unusable, EngineTrouble) as error:
        sentence = redact(_sentence(str(error)), settings.held_secrets).text
        return TargetCheck(False, milliseconds_since(began), {}, sentence)
    return TargetCheck(True, milliseconds_since(began), facts)


def _look_at_machine(host: Host, settings: Settings) -> dict[str, str]:
    return dict(line.split("=", 1) for line in _printed(ITSELF, host, settings).splitlines())


def _look_at_engine(host: Host, settings: Settings) -> dict[str, str]:
    engine = look_at_engine(host.docker_url, SECONDS)
    return {
        "Engine": f"Docker {engine.version}",
        "System": engine.system,
        "Containers": f"{engine.containers}, of which {engine.running} run",
        "Program docker here": _printed(CLIENT, host, settings).strip(),
    }


LOOKS: Mapping[str, Callable[[Host, Settings], dict[str, str]]] = {
    "local": _look_at_machine,
    "docker_host": _look_at_engine,
}


def _printed(command: str, host: Host, settings: Settings) -> str:
    """What a command printed, run as those of Inputs are. Raises Unusable."""
    result = run(
        host,
        command,
        timeout_seconds=SECONDS,
        keep_bytes=KEEP_BYTES,
        passed_env=settings.passed_env,
        bounds=settings.command_bounds,
    )
    if result.error:
        raise Unusable(f"/bin/sh {result.error}: {result.stderr.text.strip()}")
    return result.stdout.text


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.: ')}."
