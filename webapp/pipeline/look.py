"""A look at a Target: can it be used, and by whom? It goes the way that a Run goes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.clock import milliseconds_since
from webapp.config import Settings
from webapp.models import Target
from webapp.models.lookup import look_anew
from webapp.pipeline.hosts import environment_of_client
from webapp.pipeline.redact import redact
from webapp.pipeline.ssh.keys import OfferedKey, approve
from webapp.pipeline.ssh.trouble import Trouble
from webapp.pipeline.targets import KINDS
from webapp.pipeline.targets.looking import Unusable
from webapp.pipeline.task import host_of
from webapp.pipeline.values import GatherLimits
from webapp.schemas import TargetIn
from webapp.sentences import as_sentence

# How long a Target may take to show itself, and how much of that is kept.
SECONDS, KEEP_BYTES = 10, 16 * 1024


@dataclass(frozen=True)
class TargetCheck:
    """What a Target says of itself as this process reaches it, or why it cannot be used.

    `key`: it cannot, until somebody has approved its host key.
    """

    ok: bool
    duration_ms: int
    facts: Mapping[str, str]
    error: str | None = None
    key: OfferedKey | None = None


def look_at(target: Target | TargetIn, settings: Settings) -> TargetCheck:
    """Use a Target, saved or not, and keep nothing of it."""
    look, host = KINDS[target.type].look, host_of(target, settings)
    look_anew()
    began = time.monotonic()
    try:
        facts = look(host, _limits(settings))
    except Unusable as error:
        sentence = redact(
            as_sentence(str(error)), settings.held_secrets, own=settings.own_patterns
        ).text
        return TargetCheck(False, milliseconds_since(began), {}, sentence, error.key)
    return TargetCheck(True, milliseconds_since(began), facts)


def approve_key(target: Target, fingerprint: str, settings: Settings) -> TargetCheck:
    """Trust the machine that shows this host key from now on, and look at it."""
    host, limits = host_of(target, settings), _limits(settings)
    look_anew()
    began = time.monotonic()
    try:
        to = host.ssh or host.engine_on
        if to is None:
            raise Trouble("only a machine that is reached over SSH has a host key")
        variables = environment_of_client(limits.passed_env)
        approve(to, variables, 2 * limits.timeout_seconds, fingerprint)
    except Trouble as trouble:
        return TargetCheck(False, milliseconds_since(began), {}, as_sentence(str(trouble)))
    return look_at(target, settings)


def _limits(settings: Settings) -> GatherLimits:
    return GatherLimits(
        max_workers=1,
        timeout_seconds=SECONDS,
        keep_bytes=KEEP_BYTES,
        passed_env=settings.passed_env,
        bounds=settings.command_bounds,
    )
