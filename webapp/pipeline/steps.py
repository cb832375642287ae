"""The steps that a Run, a preview and a try have in common, so that one shows what another does."""

from collections.abc import Sequence

from webapp.config import Settings
from webapp.pipeline.analyze import analyze
from webapp.pipeline.gather import gather
from webapp.pipeline.redact import Redactor, redact_all, secret_values
from webapp.pipeline.task import Work
from webapp.pipeline.values import Analysis, FittedText, Gathered, GatherLimits, InputSpec
from webapp.pipeline.window import fit, slice_of

# How much of an Input's end is kept, so that what redaction takes away is not missing later.
KEPT_BYTES_PER_CHAR = 8
LEAST_KEPT_BYTES = 64 * 1024


def read(work: Work, settings: Settings, redactor: Redactor) -> tuple[list[Gathered], FittedText]:
    """What each Input gave, without its secrets, and the text of them all."""
    limits = limits_of(work.max_chars, settings, work.seconds_left)
    gathered = redact_all(gather(work.host, work.inputs, limits), redactor)
    fitted = fit([slice_of(one) for one in gathered], work.max_lines, work.max_chars)
    return gathered, fitted


def judge(work: Work, gathered: Sequence[Gathered], fitted: FittedText) -> Analysis:
    """Raises StageError."""
    missing, partial = gaps_of(gathered)
    return analyze(
        work.prompt,
        fitted.text,
        labels=[one.label for one in gathered],
        settings=work.llm,
        missing=missing,
        partial=partial,
        deadline_seconds=work.seconds_left,
    )


def gaps_of(gathered: Sequence[Gathered]) -> tuple[list[str], list[str]]:
    """The labels of Inputs that gave nothing as they failed, and of those that gave a part."""
    failed = [one for one in gathered if one.status == "failed"]
    missing = [one.label for one in failed if one.gave_nothing]
    partial = [one.label for one in failed if not one.gave_nothing]
    return missing, partial


def limits_of(
    max_chars: int, settings: Settings, total_seconds: float | None = None
) -> GatherLimits:
    return GatherLimits(
        max_workers=settings.max_command_workers,
        timeout_seconds=settings.command_timeout_seconds,
        keep_bytes=max(LEAST_KEPT_BYTES, KEPT_BYTES_PER_CHAR * max_chars),
        passed_env=settings.passed_env,
        bounds=settings.command_bounds,
        total_seconds=total_seconds,
    )


def redactor_of(settings: Settings, inputs: Sequence[InputSpec] = ()) -> Redactor:
    """It knows what the service holds and what the commands are given."""
    given = [settings.passed_env, *(spec.env for spec in inputs)]
    return Redactor([*settings.held_secrets, *(v for env in given for v in secret_values(env))])
