"""All Inputs of a Run, side by side; what goes wrong with one is part of its result."""

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import partial

from webapp.clock import milliseconds_since
from webapp.pipeline.heard import heard, is_unchanged
from webapp.pipeline.sources import READERS
from webapp.pipeline.ssh.engine import engine_here, told_of
from webapp.pipeline.ssh.trouble import Trouble
from webapp.pipeline.tail import newest_lines
from webapp.pipeline.values import (
    NOTHING,
    CommandResult,
    Gathered,
    GatherLimits,
    Host,
    InputSpec,
    StageError,
    Tail,
)


def gather(host: Host, inputs: Sequence[InputSpec], limits: GatherLimits) -> tuple[Gathered, ...]:
    """Read `inputs`, at most `limits.max_workers` at once; one result each, in their order.

    An Input's own `timeout_seconds` wins over that of `limits`.
    """
    if not inputs:
        return ()
    deadline = time.monotonic() + (limits.total_seconds or math.inf)
    if len(inputs) == 1:
        return (_gather_one(host, inputs[0], limits, deadline),)
    with ThreadPoolExecutor(min(limits.max_workers, len(inputs)), "gather") as pool:
        read = [partial(_gather_one, host, spec, limits, deadline) for spec in inputs]
        # Each in a copy of our context, so that what it logs names the Run.
        contexts = [copy_context() for _ in inputs]
        return tuple(pool.map(lambda context, one: context.run(one), contexts, read))


def any_read(gathered: Sequence[Gathered]) -> bool:
    """Whether an Input was read to its end."""
    return any(one.status == "ok" for one in gathered)


def require_any(gathered: Sequence[Gathered]) -> None:
    """Raise StageError where every Input failed: a part of each, or nothing, is not judged."""
    if any_read(gathered):
        return
    reasons = "; ".join(f"{one.label}: {(one.error or '').rstrip('.')}" for one in gathered)
    end = "" if reasons.endswith(("?", "!")) else "."
    unread = "No Input could be read to its end, so nothing was judged."
    raise StageError("inputs_failed", f"{unread} {reasons}{end}")


def _gather_one(host: Host, spec: InputSpec, limits: GatherLimits, deadline: float) -> Gathered:
    wanted = spec.timeout_seconds or limits.timeout_seconds
    seconds_left = max(1.0, deadline - time.monotonic())
    limits = replace(limits, timeout_seconds=min(wanted, seconds_left))
    result = _read(host, spec, limits)
    whole = result.whole or spec.new_lines == "all"
    output = _asked_for(newest_lines(result.stdout), spec, whole=whole)
    return Gathered(
        label=spec.label,
        mode=spec.mode,
        command=spec.command,
        status="failed" if result.error else "ok",
        exit_code=result.exit_code,
        duration_ms=result.duration_ms,
        output=output,
        stderr=result.stderr,
        error=result.error,
        position=result.position,
        notices=result.notices,
        whole=whole,
        heard=heard(_new_of(output)) if spec.expect_lines_within else None,
        unchanged=spec.heard is not None and is_unchanged(_new_of(output), spec.heard),
        continues=not whole and spec.position is not None and result.position is not None,
    )


def _read(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    read = READERS.get(spec.mode)
    if read is None:
        return _unknown(spec.mode)
    if host.engine_on is None:
        return read(host, spec, limits)
    started = time.monotonic()
    try:
        with engine_here(host, limits.passed_env, limits.timeout_seconds) as here:
            left = limits.timeout_seconds - (time.monotonic() - started)
            result = read(here, spec, replace(limits, timeout_seconds=max(1.0, left)))
    except Trouble as trouble:
        return CommandResult(None, milliseconds_since(started), NOTHING, error=str(trouble))
    return replace(result, error=told_of(host, here, result.error))


def _asked_for(output: Tail, spec: InputSpec, *, whole: bool) -> Tail:
    if spec.new_lines == "only":
        return _new_of(output)
    return replace(output, context_lines=0) if whole else output


def _new_of(output: Tail) -> Tail:
    """Without what was there before, which nobody asked for and nobody misses."""
    if not output.context_lines:
        return output
    lines = output.text.splitlines(keepends=True)[output.context_lines :]
    text = "".join(lines)
    return replace(
        output,
        text=text,
        total_bytes=len(text.encode()),
        total_lines=len(lines),
        lost_lines=0,
        lost_bytes=0,
        context_lines=0,
    )


def _unknown(mode: str) -> CommandResult:
    return CommandResult(None, 0, NOTHING, error=f"the mode {mode} is not known")
