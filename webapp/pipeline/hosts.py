"""The one place that starts a process: what people wrote, run as they wrote it, and ended."""

import fcntl
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from webapp.clock import milliseconds_since
from webapp.pipeline import warden
from webapp.pipeline.belonging import Watch
from webapp.pipeline.limits import broken
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import NO_BOUNDS, NOTHING, Bounds, CommandResult, Host

KEPT = "what it printed until then was kept"
NOTHING_KEPT = "it had printed nothing that can be shown"

_SHELL = "/bin/sh"
# The usual one; that of this process keeps the service's own files private.
_UMASK = 0o022
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# More than is shown of it, as redaction drops the start of a torn line.
_KEPT_STDERR_BYTES = 3 * 4096
_PIPE_BYTES = 1 << 20
_GRACE_SECONDS = 2.0
_LAST_WORDS_SECONDS = 0.5
_LOOK_SECONDS = 0.1

# The shell begins once it is watched: the life-line ends it if this process dies, and if that
# happens before, its input ends.
_GATE = 'read -r _ || exit; exec /bin/sh -c "$1" </dev/null'


@dataclass(frozen=True)
class _Child:
    process: subprocess.Popen[bytes]
    watch: Watch
    out: TailKeeper
    err: TailKeeper


def run(
    host: Host,
    command: str,
    *,
    timeout_seconds: float,
    keep_bytes: int,
    workdir: str | None = None,
    env: Mapping[str, str] = {},
    passed_env: Mapping[str, str] = {},
    bounds: Bounds = NO_BOUNDS,
) -> CommandResult:
    """Run `command` by `/bin/sh -c` in a process group of its own that does not outlive the call.

    Its environment is PATH, HOME and LANG of this process, `passed_env`, DOCKER_HOST where `host`
    is an engine, and `env`, each overriding the ones before; `workdir` None is HOME. Our memory is
    bounded by `keep_bytes`, time by `timeout_seconds` and a grace of 2 s, and what the command
    uses by `bounds`. Exit 1 with nothing on stderr is success: grep found nothing. What fails is
    said in `error`, never raised.
    """
    started = time.monotonic()
    environment = _environment(host, env, passed_env)
    try:
        child = _start(command, workdir or _home(), environment, bounds, keep_bytes)
    except (OSError, ValueError) as problem:
        return _not_started(problem, started)
    try:
        in_time = _follow(child, started + timeout_seconds)
        if not in_time:
            _signal_group(child, signal.SIGTERM)
            _follow(child, time.monotonic() + _GRACE_SECONDS)
    finally:
        _end(child)
    why_ended = child.watch.excess
    if not (in_time or why_ended):
        why_ended = f"timed out after {timeout_seconds:g} s"
    return _result(child, why_ended, started)


def _start(
    command: str, workdir: str, env: Mapping[str, str], bounds: Bounds, keep_bytes: int
) -> _Child:
    process = subprocess.Popen(  # noqa: S603 - to run what people wrote is what this is for
        [_SHELL, "-c", _GATE, _SHELL, command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=workdir,
        env=env,
        start_new_session=True,
        umask=_UMASK,
    )
    try:
        watch = warden.watch(process.pid, bounds)
    except BaseException:
        with process:
            process.kill()
        raise
    _open_gate(process)
    return _Child(process, watch, TailKeeper(keep_bytes), TailKeeper(_KEPT_STDERR_BYTES))


def _open_gate(process: subprocess.Popen[bytes]) -> None:
    with suppress(BrokenPipeError):  # somebody has killed it
        process.stdin.write(b"\n")  # type: ignore[union-attr]
    process.stdin.close()  # type: ignore[union-attr]


def _home() -> str:
    """HOME, or / where it does not exist, as for many a service's user."""
    home = os.environ.get("HOME", "/")
    return home if Path(home).is_dir() else "/"


def _environment(
    host: Host, env: Mapping[str, str], passed_env: Mapping[str, str]
) -> dict[str, str]:
    result = {
        "PATH": os.environ.get("PATH", _DEFAULT_PATH),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    result.update(passed_env)
    if host.kind == "docker_host":
        result["DOCKER_HOST"] = host.docker_url
    result.update(env)
    return result


def _follow(child: _Child, deadline: float) -> bool:
    """Read until the shell is gone; False where `deadline` came first."""
    with _open_pipes(child) as pipes:
        while pipes.get_map() and not _exited(child):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            _read_ready(pipes, min(left, _LOOK_SECONDS))
    return _await_exit(child, deadline)


def _open_pipes(child: _Child) -> selectors.BaseSelector:
    pipes = selectors.PollSelector()  # for two pipes cheaper than epoll, and takes no descriptor
    for pipe, keeper in ((child.process.stdout, child.out), (child.process.stderr, child.err)):
        if pipe is None or pipe.closed:
            continue
        with suppress(OSError):  # more than an unprivileged user may have: only slower
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        os.set_blocking(pipe.fileno(), False)
        pipes.register(pipe, selectors.EVENT_READ, keeper)
    return pipes


def _read_ready(pipes: selectors.BaseSelector, wait_seconds: float) -> bool:
    """Read once from each pipe that has something; closes those at their end."""
    ready = pipes.select(wait_seconds)
    for key, _ in ready:
        with suppress(BlockingIOError):
            if key.data.read_from(key.fd) == 0:
                pipes.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
    return bool(ready)


def _exited(child: _Child) -> bool:
    """Leaves it unreaped: until then its number, which is the group's, is nobody else's."""
    try:
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, child.process.pid, flags) is not None
    except ChildProcessError:
        return True


def _await_exit(child: _Child, deadline: float) -> bool:
    """For a shell that closed its pipes; most are gone within the first millisecond."""
    pause = 0.0005
    while not _exited(child):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, pause))
        pause = min(2 * pause, _LOOK_SECONDS)
    return True


def _end(child: _Child) -> None:
    _signal_group(child, signal.SIGKILL)
    deadline = time.monotonic() + _LAST_WORDS_SECONDS
    with _open_pipes(child) as pipes:
        while pipes.get_map() and (left := deadline - time.monotonic()) > 0:
            _read_ready(pipes, left)
    for pipe in (child.process.stdout, child.process.stderr):
        if pipe:
            pipe.close()
    child.process.wait()
    warden.release(child.watch)


def _signal_group(child: _Child, number: signal.Signals) -> None:
    # PermissionError: all that is left runs as another user, as behind sudo; its pipes are let go.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def _result(child: _Child, why_ended: str | None, started: float) -> CommandResult:
    status = child.process.returncode
    exit_code = status if status >= 0 else 128 - status
    stdout, stderr = child.out.tail(), child.err.tail()
    error = None
    if why_ended:
        error = f"{why_ended}; {KEPT if stdout.text.strip() else NOTHING_KEPT}"
    elif exit_code > 1 or (exit_code == 1 and stderr.text.strip()):
        error = broken(exit_code, child.watch.bounds) or f"exited with status {exit_code}"
    return CommandResult(
        exit_code=None if why_ended else exit_code,
        duration_ms=milliseconds_since(started),
        stdout=stdout,
        stderr=stderr,
        error=error,
    )


def _not_started(problem: OSError | ValueError, started: float) -> CommandResult:
    reason = str(problem)
    if isinstance(problem, OSError):
        where = f" in {problem.filename}" if problem.filename else ""
        reason = f"{problem.strerror}{where}"
    return CommandResult(
        None, milliseconds_since(started), NOTHING, error=f"could not start: {reason}"
    )
