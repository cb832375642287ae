"""The one place that starts a process: what people wrote, run as they wrote it, and ended."""

import errno
import fcntl
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from webapp.clock import milliseconds_since
from webapp.pipeline import engine_address, warden
from webapp.pipeline.another_user import becoming, give_streams, home_of
from webapp.pipeline.belonging import Watch
from webapp.pipeline.limits import broken
from webapp.pipeline.ssh.client import ssh
from webapp.pipeline.ssh.connections import connected
from webapp.pipeline.ssh.remote import LINE, AfterMark, Remote, UntilTold
from webapp.pipeline.ssh.trouble import Trouble
from webapp.pipeline.tail import Keeper, TailKeeper
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

# What is started begins once it is watched: the life-line ends it if this process dies, and if
# that happens before, its input ends.
_GATE = 'read -r _ || exit; exec "$@"'
_GATE_WITHOUT_INPUT = f"{_GATE} </dev/null"


@dataclass(frozen=True)
class _Errand:
    """What is started here: a shell, or for a `remote` one the client that reaches it."""

    argv: Sequence[str]
    workdir: str
    env: Mapping[str, str]
    bounds: Bounds
    out: Keeper | AfterMark
    err: TailKeeper | UntilTold
    remote: Remote | None = None
    opened: Sequence[int] = ()


@dataclass(frozen=True)
class _Child:
    process: subprocess.Popen[bytes]
    watch: Watch
    errand: _Errand


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
    into: Keeper | None = None,
    opened: Sequence[int] = (),
) -> CommandResult:
    """Run `command` by `/bin/sh -c` in a process group of its own that does not outlive the call.

    Its environment is PATH, HOME and LANG of this process, `passed_env`, what leads the clients of
    Docker and Kubernetes to `host` where it is theirs, and `env`, each overriding the ones before;
    `workdir` None is HOME. It runs as the user whom `bounds` name, and HOME is theirs. Where `host`
    is reached by SSH all this is the client's, which is our own user's, and the command has the
    environment of its user there, and `env`. Our memory is bounded by `keep_bytes`, time by
    `timeout_seconds` and a grace of 2 s, and what is used here by `bounds`. Exit 1 with nothing on
    stderr is success: grep found nothing. What fails is said in `error`, never raised. `into` keeps
    what a command prints, where the result is not to. It has the descriptors that are
    `opened`, by the same numbers, where it runs here.
    """
    started = time.monotonic()
    out, err = TailKeeper(keep_bytes), TailKeeper(_KEPT_STDERR_BYTES)
    try:
        if host.ssh is None:
            home = home_of(bounds.user)
            argv = [*becoming(bounds.user), _SHELL, "-c", command]
            variables = _environment(host, home, env, passed_env)
            folder, keeper = workdir or _existing(home), into or out
            errand = _Errand(argv, folder, variables, bounds, keeper, err, opened=opened)
            return _carry_out(errand, started, timeout_seconds)
        variables = environment_of_client(passed_env)
        with connected(host.ssh, variables, timeout_seconds) as socket:
            left = max(0.0, started + timeout_seconds - time.monotonic())
            remote = Remote(
                host.ssh, command, workdir=workdir, env=env, seconds=left, out=into or out, err=err
            )
            argv = [*ssh(host.ssh, "-S", str(socket)), LINE]
            errand = _Errand(argv, "/", variables, bounds, remote.out, remote.err, remote)
            return _carry_out(errand, started, timeout_seconds)
    except Trouble as trouble:
        return CommandResult(None, milliseconds_since(started), NOTHING, error=str(trouble))
    except (OSError, ValueError) as problem:
        return _not_started(problem, started)


def _carry_out(errand: _Errand, started: float, seconds: float) -> CommandResult:
    """Raises OSError or ValueError where it cannot be started."""
    child = _start(errand)
    try:
        in_time = _follow(child, started + seconds)
        if not in_time:
            _ask_to_end(child)
            _follow(child, time.monotonic() + _GRACE_SECONDS)
    finally:
        _end(child)
    why_ended = child.watch.excess
    if not (in_time or why_ended):
        why_ended = f"timed out after {seconds:g} s"
    return _result(child, why_ended, started)


def _start(errand: _Errand) -> _Child:
    gate = _GATE if errand.remote else _GATE_WITHOUT_INPUT
    process = subprocess.Popen(  # noqa: S603 - to run what people wrote is what this is for
        [_SHELL, "-c", gate, _SHELL, *errand.argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=errand.workdir,
        env=errand.env,
        start_new_session=True,
        umask=_UMASK,
        pass_fds=errand.opened,
    )
    try:
        if not errand.remote:
            give_streams(process, errand.bounds.user)
        watch = warden.watch(process.pid, errand.bounds)
    except BaseException:
        with process:
            process.kill()
        raise
    child = _Child(process, watch, errand)
    try:
        _open_gate(process, errand.remote)
    except OSError:
        _end(child)
        raise
    return child


def _open_gate(process: subprocess.Popen[bytes], remote: Remote | None) -> None:
    """The input of a remote shell stays open: where it ends the command ends."""
    if remote is None:
        with suppress(BrokenPipeError):  # somebody has killed it
            process.stdin.write(b"\n")  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        return
    fd = process.stdin.fileno()  # type: ignore[union-attr]
    with suppress(OSError):  # then what is short fits still
        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    os.set_blocking(fd, False)
    with suppress(BrokenPipeError):
        if os.write(fd, b"\n" + remote.sent) <= len(remote.sent):
            raise OSError(errno.E2BIG, os.strerror(errno.E2BIG))


def _existing(home: str) -> str:
    """It, or / where it does not exist, as for many a service's user."""
    return home if Path(home).is_dir() else "/"


def environment_of_client(passed_env: Mapping[str, str]) -> dict[str, str]:
    """In which the client runs that reaches another machine."""
    return _environment(Host("local"), home_of(None), {}, passed_env)


def _environment(
    host: Host, home: str, env: Mapping[str, str], passed_env: Mapping[str, str]
) -> dict[str, str]:
    result = {
        "PATH": os.environ.get("PATH", _DEFAULT_PATH),
        "HOME": home,
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    result.update(passed_env)
    if host.kind == "docker_host":
        result.update(engine_address.variables(host.docker_url))
    if host.cluster and host.cluster.kubeconfig:
        result["KUBECONFIG"] = host.cluster.kubeconfig
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
            if _has_told(child):
                return True
    return _await_exit(child, deadline)


def _has_told(child: _Child) -> bool:
    """The remote shell has said how the command ended; what it left there may hold the client."""
    return child.errand.remote is not None and child.errand.remote.err.told is not None


def _open_pipes(child: _Child) -> selectors.BaseSelector:
    pipes = selectors.PollSelector()  # for two pipes cheaper than epoll, and takes no descriptor
    for pipe, keeper in (
        (child.process.stdout, child.errand.out),
        (child.process.stderr, child.errand.err),
    ):
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


def _ask_to_end(child: _Child) -> None:
    """A command may tidy up; a remote one is told by the end of its input."""
    if child.errand.remote and child.process.stdin:
        child.process.stdin.close()
    else:
        _signal_group(child, signal.SIGTERM)


def _end(child: _Child) -> None:
    if _has_told(child):
        _read_last_words(child, _GRACE_SECONDS)  # the client brings them
    _signal_group(child, signal.SIGKILL)
    _read_last_words(child, _LAST_WORDS_SECONDS)
    for pipe in (child.process.stdin, child.process.stdout, child.process.stderr):
        if pipe:
            pipe.close()
    child.process.wait()
    warden.release(child.watch)


def _read_last_words(child: _Child, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    with _open_pipes(child) as pipes:
        while pipes.get_map() and (left := deadline - time.monotonic()) > 0:
            _read_ready(pipes, left)


def _signal_group(child: _Child, number: signal.Signals) -> None:
    # PermissionError: all that is left runs as another user, as behind sudo; its pipes are let go.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def _result(child: _Child, why_ended: str | None, started: float) -> CommandResult:
    stdout, stderr = child.errand.out.tail(), child.errand.err.tail()
    exit_code, lost = _exit_code(child)
    error = None
    if why_ended:
        error = f"{why_ended}; {KEPT if stdout.text.strip() else NOTHING_KEPT}"
    elif lost:
        error = f"{lost}; {KEPT}" if stdout.text.strip() else lost
    elif exit_code and (exit_code > 1 or stderr.text.strip()):
        error = _broken(child, exit_code) or f"exited with status {exit_code}"
    return CommandResult(
        exit_code=None if why_ended else exit_code,
        duration_ms=milliseconds_since(started),
        stdout=stdout,
        stderr=stderr,
        error=error,
    )


def _broken(child: _Child, exit_code: int) -> str | None:
    """What limits here ended nothing that ran elsewhere."""
    return None if child.errand.remote else broken(exit_code, child.errand.bounds)


def _exit_code(child: _Child) -> tuple[int | None, str | None]:
    """Or why there is none, of a remote command."""
    status = child.process.returncode
    if child.errand.remote is None:
        return (status if status >= 0 else 128 - status), None
    try:
        return child.errand.remote.exit_code(status), None
    except Trouble as trouble:
        return None, str(trouble)


def _not_started(problem: OSError | ValueError, started: float) -> CommandResult:
    reason = str(problem)
    if isinstance(problem, OSError):
        where = f" in {problem.filename}" if problem.filename else ""
        reason = f"{problem.strerror}{where}"
    return CommandResult(
        None, milliseconds_since(started), NOTHING, error=f"could not start: {reason}"
    )
