"""What a command does in a shell of another machine, as it would here."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.ssh_server import SshServer, ssh_server
from tests.waiting import until
from webapp.pipeline.hosts import run
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import CommandResult

HOSTILE = "a'b\"c`touch /tmp/never`$(touch /tmp/never)\\\n!x;{}*  "
_WORKER = """
import sys
from pathlib import Path
from webapp.pipeline.hosts import run
from webapp.pipeline.tail import TailKeeper
from webapp.pipeline.values import Host, SshHost
name, folder, user, port, identity, command = sys.argv[1:]
host = SshHost(name, Path(folder), user, int(port), identity_file=identity)
run(Host("ssh", ssh=host), command, timeout_seconds=100, keep_bytes=1000)
"""


def run_there(
    server: SshServer, command: str, timeout_seconds: float = 20, **more: object
) -> CommandResult:
    return run(
        server.host,
        command,
        timeout_seconds=timeout_seconds,
        keep_bytes=65536,
        **more,  # type: ignore[arg-type]
    )


def test_stdout_stderr_and_status_are_those_of_the_command(server: SshServer) -> None:
    result = run_there(server, "echo one; printf two; printf three >&2; exit 3")

    assert (result.stdout.text, result.stderr.text) == ("one\ntwo", "three")
    assert (result.exit_code, result.error) == (3, "exited with status 3")


@pytest.mark.parametrize(
    ("command", "exit_code", "error"),
    [
        ("exit 1", 1, None),
        ("echo why >&2; exit 1", 1, "exited with status 1"),
        ("exit 255", 255, "exited with status 255"),
        ("kill -9 $$", 137, "exited with status 137"),
        ("no-such-program", 127, "exited with status 127"),
    ],
)
def test_the_status_is_never_taken_for_that_of_the_client(
    server: SshServer, command: str, exit_code: int, error: str | None
) -> None:
    result = run_there(server, command)

    assert (result.exit_code, result.error) == (exit_code, error)


def test_hostile_words_stay_words(server: SshServer, tmp_path: Path) -> None:
    folder = tmp_path / HOSTILE.replace("/", "")
    folder.mkdir()

    result = run_there(
        server, 'printf %s "$VALUE"; pwd >&2', workdir=str(folder), env={"VALUE": HOSTILE, "t": "x"}
    )

    assert result.error is None
    assert result.stdout.text == HOSTILE
    assert result.stderr.text == f"{folder}\n"
    assert not Path("/tmp/never").exists()


def test_a_name_that_no_shell_knows_is_a_result_with_a_sentence(server: SshServer) -> None:
    result = run_there(server, "true", env={"A=1;B": "2"})

    assert result.error == "could not start: no shell knows a variable 'A=1;B'"


def test_secrets_in_the_environment_are_in_no_list_of_processes(server: SshServer) -> None:
    listing = "ps -eo args; printenv TOKEN >&2"

    result = run_there(server, listing, env={"TOKEN": "hush-hush-1234"})

    assert result.stderr.text == "hush-hush-1234\n"
    assert "hush-hush" not in result.stdout.text


def test_a_command_has_no_input_and_nothing_of_our_environment(
    server: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")

    result = run_there(server, "cat; env; ls /proc/self/fd", passed_env={"OURS": "1"})

    names = {line.partition("=")[0] for line in result.stdout.text.splitlines()}
    assert not names & {"OURS", "LANG", "SECRET_KEY"}
    assert "4" not in names  # 3 is the folder that ls reads


def test_what_rc_files_print_is_no_log_line(tmp_path: Path) -> None:
    noise = 'ForceCommand echo Welcome; echo a warning >&2; eval "$SSH_ORIGINAL_COMMAND"'
    with ssh_server(tmp_path / "server", noise) as noisy:
        result = run_there(noisy, "echo line")

    assert (result.stdout.text, result.stderr.text) == ("line\n", "")


def test_an_account_without_a_shell_is_said(tmp_path: Path) -> None:
    with ssh_server(tmp_path / "server", "ForceCommand echo Not available.; exit 1") as closed:
        result = run_there(closed, "echo line")

    assert result.error == "the account on 127.0.0.1 runs no shell; it said: Not available."
    assert result.exit_code is None


def test_a_workdir_that_is_not_there_is_said(server: SshServer) -> None:
    result = run_there(server, "true", workdir="/no/such/place")

    assert result.error == "could not start: /no/such/place on 127.0.0.1 cannot be entered"


def test_a_command_may_tidy_up_when_its_time_is_over(server: SshServer) -> None:
    result = run_there(server, "echo a; trap 'echo tidy; exit' TERM; sleep 100 & wait", 2)

    assert result.stdout.text == "a\ntidy\n"
    assert result.error == "timed out after 2 s; what it printed until then was kept"


def test_nothing_of_a_command_outlives_its_time(server: SshServer, tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    run_there(server, f"trap '' TERM; sleep 1000 & echo $$ $! >{pids}; wait", 1)

    until(lambda: not any(map(psutil.pid_exists, _pids(pids))))


def test_a_background_child_does_not_hold_the_call_and_is_ended(server: SshServer) -> None:
    result = run_there(server, "echo out; sleep 1000 & echo $! >&2")

    assert (result.stdout.text, result.error) == ("out\n", None)
    until(lambda: not psutil.pid_exists(int(result.stderr.text)))


def test_a_child_that_left_the_group_does_not_hold_the_call(server: SshServer) -> None:
    result = run_there(server, "setsid sleep 15 & echo out")

    assert (result.stdout.text, result.error) == ("out\n", None)
    assert result.duration_ms < 8000


def test_a_long_output_is_counted_whole_and_its_end_kept(server: SshServer) -> None:
    result = run_there(server, "seq 1 1000000; seq 1 100000 >&2")

    assert (result.stdout.total_bytes, result.stdout.total_lines) == (6_888_896, 1_000_000)
    assert result.stdout.text.endswith("\n1000000\n")
    assert result.stderr.text.endswith("\n100000\n")


def test_bytes_that_are_no_text_go_there_and_come_back_as_they_are(server: SshServer) -> None:
    kept = TailKeeper(100)

    result = run_there(server, "printf '\udcff<-'", into=kept)

    assert (result.error, result.stdout.text) == (None, "\ufffd<-")
    assert kept.tail().total_bytes == 3


def test_a_script_may_be_longer_than_a_command_line_takes(server: SshServer) -> None:
    result = run_there(server, 'printf %s "${#LONG}"', env={"LONG": "x" * 60_000})

    assert result.stdout.text == "60000"


def test_a_killed_worker_leaves_no_command_there_and_no_connection(
    tmp_path: Path, server: SshServer
) -> None:
    pids = tmp_path / "pids"
    command = f"trap '' TERM; sleep 1000 & echo $$ $! >{pids}.new; mv {pids}.new {pids}; wait"
    before = len(server.connections())
    worker = _worker(server, command)
    until(pids.exists)

    worker.kill()
    worker.wait()

    until(lambda: not any(map(psutil.pid_exists, _pids(pids))))
    until(lambda: len(server.connections()) == before)


def _worker(server: SshServer, command: str) -> "subprocess.Popen[bytes]":
    to = server.host.ssh
    assert to
    words = [to.name, to.folder, to.user, to.port, to.identity_file, command]
    return subprocess.Popen([sys.executable, "-c", _WORKER, *map(str, words)], env=os.environ)


def _pids(file: Path) -> list[int]:
    return [int(pid) for pid in file.read_text().split()]
