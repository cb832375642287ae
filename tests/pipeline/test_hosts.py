import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from webapp.pipeline.hosts import run
from webapp.pipeline.values import CommandResult, Host, Tail

LOCAL = Host("local")
_WORKER = """
import sys
from webapp.pipeline.hosts import run
from webapp.pipeline.values import Host
run(Host("local"), sys.argv[1], timeout_seconds=100, keep_bytes=1000)
"""


def run_here(command: str, timeout_seconds: float = 20, **more: object) -> CommandResult:
    return run(
        LOCAL,
        command,
        timeout_seconds=timeout_seconds,
        keep_bytes=65536,
        **more,  # type: ignore[arg-type]
    )


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_a_command_prints_is_kept_and_counted() -> None:
    result = run_here("echo one; printf two; echo three >&2")

    assert (result.exit_code, result.error) == (0, None)
    assert result.stdout == Tail("one\ntwo", 7, 2)
    assert result.stderr.text == "three\n"


@pytest.mark.parametrize(
    ("command", "exit_code", "error"),
    [
        ("exit 1", 1, None),
        ("grep needle /dev/null", 1, None),
        ("echo why >&2; exit 1", 1, "exited with status 1"),
        ("exit 2", 2, "exited with status 2"),
        ("kill -9 $$", 137, "exited with status 137"),
        ("kill -9 0", 137, "exited with status 137"),
        ("echo warning >&2", 0, None),
    ],
)
def test_a_command_failed_unless_grep_found_nothing(
    command: str, exit_code: int, error: str | None
) -> None:
    result = run_here(command)

    assert (result.exit_code, result.error) == (exit_code, error)


def test_a_command_sees_its_own_environment_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the service")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("LANG", "C.UTF-8")

    result = run(
        Host("docker_host", "tcp://engine:2375"),
        "env | grep -v ^PWD= | sort",
        timeout_seconds=20,
        keep_bytes=65536,
        env={"LANG": "de_DE", "MINE": "1"},
        passed_env={"KUBECONFIG": "/k", "MINE": "0"},
    )

    assert result.stdout.text.splitlines() == [
        "DOCKER_HOST=tcp://engine:2375",
        f"HOME={tmp_path}",
        "KUBECONFIG=/k",
        "LANG=de_DE",
        "MINE=1",
        "PATH=/usr/bin:/bin",
    ]


def test_a_command_starts_at_home_or_in_its_workdir(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))

    assert run_here("pwd").stdout.text == f"{tmp_path}\n"
    assert run_here("pwd", workdir=f"{tmp_path}/sub").stdout.text == f"{tmp_path}/sub\n"


def test_a_command_has_no_input_and_no_other_files() -> None:
    result = run_here("cat; exec ls /proc/self/fd")

    assert result.stdout.text.split() == ["0", "1", "2", "3"]  # 3: the folder that ls reads


def test_a_workdir_that_is_not_there_is_a_result_with_a_sentence() -> None:
    result = run_here("true", workdir="/no/such/place")

    assert result.error == "could not start: No such file or directory in /no/such/place"
    assert result.exit_code is None


def test_a_command_that_no_system_can_start_is_a_result_too() -> None:
    assert run_here("echo \0").error == "could not start: embedded null byte"
    assert run_here("x" * 1_000_000).error == "could not start: Argument list too long in /bin/sh"


def test_only_the_end_of_a_long_output_is_kept() -> None:
    result = run_here("seq 1 1000000")

    assert result.stdout.text.endswith("\n999999\n1000000\n")
    assert len(result.stdout.text) <= 65536
    assert (result.stdout.total_bytes, result.stdout.total_lines) == (6_888_896, 1_000_000)


def test_only_the_end_of_a_long_stderr_is_kept() -> None:
    result = run_here("seq 1 1000000 >&2; echo out")

    assert result.stdout.text == "out\n"
    assert result.stderr.text.endswith("\n999999\n1000000\n")
    assert len(result.stderr.text) <= 3 * 4096
    assert result.stderr.total_lines == 1_000_000


def test_both_streams_may_be_full_at_once() -> None:
    result = run_here("seq 1 500000 >&2 & seq 1 500000; wait; echo done")

    assert result.error is None
    assert result.stdout.text.endswith("\n500000\ndone\n")


def test_what_was_printed_before_the_time_out_is_kept() -> None:
    result = run_here("echo before; sleep 100; echo after", timeout_seconds=0.2)

    assert result.exit_code is None
    assert result.error == "timed out after 0.2 s; what it printed until then was kept"
    assert (result.stdout.text, result.stderr.text) == ("before\n", "")
    assert result.duration_ms < 5000


def test_a_command_may_tidy_up_when_its_time_is_over() -> None:
    result = run_here("trap 'echo tidy; exit' TERM; sleep 100 & wait", timeout_seconds=0.2)

    assert result.stdout.text == "tidy\n"


def test_a_command_that_ignores_term_is_ended_too() -> None:
    result = run_here("trap '' TERM; echo $$; while :; do sleep 1; done", timeout_seconds=0.2)

    assert result.error is not None
    assert result.duration_ms < 6000
    wait_until(lambda: not is_running(int(result.stdout.text)))


def test_endless_output_ends_at_the_time_out() -> None:
    result = run_here("yes", timeout_seconds=0.3)

    assert result.stdout.total_bytes > 65536
    assert set(result.stdout.text) == {"y", "\n"}
    assert result.duration_ms < 5000


@pytest.mark.parametrize("background", ["sleep 1000", "yes"])
def test_a_background_child_does_not_hold_the_call_and_is_ended(background: str) -> None:
    result = run_here(f"echo first; echo second; {background} & echo $! >&2")

    assert result.error is None
    assert result.stdout.text if background == "yes" else result.stdout.text == "first\nsecond\n"
    assert result.duration_ms < 3000
    wait_until(lambda: not is_running(int(result.stderr.text)))


def test_a_child_that_left_the_group_does_not_hold_the_call() -> None:
    result = run_here("setsid sleep 5 & echo out")

    assert (result.stdout.text, result.error) == ("out\n", None)
    assert result.duration_ms < 3000


def test_a_command_that_closes_its_streams_is_waited_for() -> None:
    result = run_here("echo out; exec >&- 2>&-; sleep 0.3; exit 7")

    assert (result.exit_code, result.stdout.text) == (7, "out\n")
    assert result.duration_ms >= 300


def test_a_killed_worker_leaves_no_command(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    command = f"trap '' TERM; sleep 1000 & echo $$ $! >{pids}.new; mv {pids}.new {pids}; wait"
    worker = subprocess.Popen([sys.executable, "-c", _WORKER, command])
    wait_until(pids.exists, 60)
    running = [int(pid) for pid in pids.read_text().split()]
    assert all(map(is_running, running))

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    wait_until(lambda: not any(map(is_running, running)))


def test_a_call_leaves_neither_processes_nor_open_files() -> None:
    def left() -> tuple[int, int]:
        here = psutil.Process()
        return len(here.children()), here.num_fds()

    run_here("true")
    before = left()

    for command in ("echo x", "exit 3", "sleep 100 &", "kill -9 0"):
        run_here(command)
    run_here("sleep 100", timeout_seconds=0.1)
    run_here("true", workdir="/no/such/place")

    assert left() == before


def test_one_of_many_ends_without_waiting_for_the_others() -> None:
    with ThreadPoolExecutor(8) as pool:
        slow = [pool.submit(run_here, "sleep 100 & sleep 2") for _ in range(7)]
        quick = pool.submit(run_here, "echo quick").result()

        assert quick.duration_ms < 1500
        assert not any(future.done() for future in slow)
    assert [future.result().error for future in slow] == [None] * 7


def test_memory_does_not_grow_with_output() -> None:
    script = f"""
import resource
from webapp.pipeline.hosts import run
from webapp.pipeline.values import Host
def peak(command):
    run(Host("local"), command, timeout_seconds=60, keep_bytes=65536)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
small = peak("head -c 2000000 /dev/zero")
print(peak("head -c {200 << 20} /dev/zero") - small)
"""

    grown = subprocess.check_output([sys.executable, "-c", script], env=dict(os.environ))

    assert int(grown) < 4096  # KiB


def test_a_command_makes_files_as_a_person_would_though_ours_are_private() -> None:
    before = os.umask(0o077)
    try:
        result = run(LOCAL, "umask", timeout_seconds=10, keep_bytes=1000)
    finally:
        os.umask(before)

    assert result.stdout.text == "0022\n"
