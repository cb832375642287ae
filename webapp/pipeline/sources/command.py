import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from webapp.clock import milliseconds_since
from webapp.pipeline import overlap
from webapp.pipeline.hosts import run
from webapp.pipeline.kubernetes.context import cluster_here
from webapp.pipeline.kubernetes.trouble import ClusterTrouble
from webapp.pipeline.tail import newest_lines
from webapp.pipeline.values import NOTHING, CommandResult, GatherLimits, Host, InputSpec

# A `tail` of what grew by more than it prints; but also what `--since` prints after a pause that
# is as long, of which nothing needs to be missing.
_GAP = (
    "the end of the last output is not in this one, all of which is taken as new; where it shows "
    "the newest lines only, some that came between may be missing"
)


def read_command(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What the command printed on stdout, and how much of it was there the last time."""
    result = _run_on_cluster(host, spec, limits) if host.cluster else _run(host, spec, limits)
    return told_apart(replace(result, stdout=newest_lines(result.stdout)), spec)


def _run_on_cluster(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    started = time.monotonic()
    try:
        with cluster_here(host, limits) as here:
            left = limits.timeout_seconds - (time.monotonic() - started)
            return _run(here, spec, replace(limits, timeout_seconds=max(1.0, round(left, 1))))
    except ClusterTrouble as trouble:
        return CommandResult(None, milliseconds_since(started), NOTHING, error=str(trouble))


def _run(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    return run(
        host,
        spec.command or "",
        timeout_seconds=limits.timeout_seconds,
        keep_bytes=limits.keep_bytes,
        workdir=spec.workdir,
        env=spec.env,
        passed_env=limits.passed_env,
        bounds=limits.bounds,
    )


def told_apart(
    result: CommandResult, spec: InputSpec, *, reaches_back: bool = False
) -> CommandResult:
    """Where what it printed is a log that goes on, and no state that is printed anew.

    `reaches_back`: it was asked for all that came since the last Run, so that no line is missing
    where nothing of before is found.
    """
    if spec.new_lines == "all" or result.stdout.torn:
        return replace(result, whole=True)
    lines = _lines(result.stdout.text)
    if lines and not (spec.new_lines == "only" or overlap.is_log(lines)):
        return replace(result, whole=True)
    end = (spec.position or {}).get("end")
    context_lines = overlap.seen(lines, end) if end else 0
    position = _position(result.stdout.text, lines, spec.position, context_lines)
    stdout = replace(result.stdout, context_lines=context_lines)
    gap = bool(end and lines and not context_lines and not reaches_back)
    return replace(result, stdout=stdout, position=position, notices=(_GAP,) if gap else ())


def _position(
    text: str, lines: Sequence[str], before: Mapping[str, Any] | None, context_lines: int
) -> Mapping[str, Any] | None:
    """Where nothing is new it stays: an output that is shorter now has forgotten nothing."""
    if context_lines == len(lines):
        return before
    # What has no line end yet may go on, and is another line then.
    return {"end": overlap.remembered(lines if text.endswith("\n") else lines[:-1])}


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []
