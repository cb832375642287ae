from webapp.pipeline.hosts import run
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec


def read_command(host: Host, spec: InputSpec, limits: GatherLimits) -> CommandResult:
    """What the command printed on stdout."""
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
