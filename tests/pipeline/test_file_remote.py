"""A file of another machine: what its shell can tell of rotation, and how far that goes."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.logs import LIMITS, Watch, Written, rotate, write
from tests.ssh_server import SshServer
from webapp.pipeline.sources.file import remote
from webapp.pipeline.sources.file.remote import read_remote


def watched(log: Path, **changed: Any) -> Watch:
    """By the script, in the shell of this machine, which is as good as any."""
    return Watch(log, reader=read_remote, **changed)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "it's a log.log"
    write(path, "one", "two")
    return path


def test_over_ssh_a_file_is_followed_as_here(log: Path, sshd: SshServer) -> None:
    watch = Watch(log, host=sshd.host)

    assert watch.run() == ([], ["one", "two"])
    write(log, "three")
    assert watch.run() == (["one", "two"], ["three"])
    write(log, "four")
    rotate(log)
    write(log, "five")
    assert watch.run() == (["one", "two", "three"], ["four", "five"])


def test_a_line_without_its_end_waits_for_one_run(log: Path) -> None:
    watch = watched(log)
    watch.run()
    with log.open("a") as file:
        file.write("thr")
    assert watch.new() == []
    with log.open("a") as file:
        file.write("ee\nthe end")

    assert [watch.new() for _ in range(3)] == [["three"], ["the end"], []]


def test_of_a_large_file_only_the_end_is_sent(log: Path) -> None:
    os.truncate(log, 10 << 30)
    write(log, "", *(f"line {i:04}" for i in range(1000)))
    watch = watched(log)

    result = watch.read()

    assert result.stdout.text.startswith("line 0901\n")
    assert result.stdout.text.endswith("line 0999\n")
    assert result.stdout.at_least
    assert watch.new() == []
    write(log, *(f"line {i:04}" for i in range(1000)))
    assert watch.read().notices == (
        f"of 10,000 bytes that are new in {log}, the last 1,000 were read",
    )


def test_a_file_that_was_copied_and_emptied_is_read_on_in_the_copy(log: Path) -> None:
    watch = watched(log)
    watch.run()
    write(log, "three")
    shutil.copy2(log, f"{log}.1")
    os.truncate(log, 0)
    write(log, "four")

    result = watch.read()

    assert result.stdout.text == "one\ntwo\nthree\nfour\n"
    assert result.stdout.context_lines == 2
    assert result.notices == (f"{log} was rotated since; the rest of its old file was read",)


def test_what_cannot_be_found_any_more_is_said(log: Path) -> None:
    watch = watched(log)
    watch.run()
    write(log, "three")
    rotate(log, pack=True)
    write(log, "four")

    result = watch.read()

    assert result.stdout.text == "four\n"
    assert result.notices == (
        f"{log} was emptied or replaced since; lines that came before may be missing",
    )


def test_more_than_one_rotation_is_said(log: Path) -> None:
    watch = watched(log)
    watch.run()
    rotate(log)
    write(log, "three")
    os.utime(f"{log}.1", (1, 1))
    rotate(log)
    write(log, "four")

    assert watch.read().notices[1] == (
        f"{log} was rotated more than once since; lines between are missing"
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "No such file or directory, or no permission to look there"),
        (".", "it is not a regular file"),
        ("*.log", "on another machine one file is read, and no pattern"),
    ],
)
def test_what_cannot_be_read_is_said(log: Path, name: str, reason: str) -> None:
    path = log.parent / name if name != "." else log.parent

    assert watched(path).read().error == f"cannot read {path}: {reason}"


def test_a_machine_that_is_not_reached_is_said(log: Path, sshd: SshServer) -> None:
    error = Watch(log, host=sshd.as_host(port=1)).read().error

    assert error
    assert error.startswith(f"cannot read {log}: ")


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_every_shell_understands_the_script(shell: str) -> None:
    command, *more = shell.split()
    if not shutil.which(command):
        pytest.skip(f"no {command}")
    script = Path(remote.__file__).with_name("remote.sh")

    checked = subprocess.run([command, *more, "-n", script], capture_output=True, text=True)

    assert (checked.returncode, checked.stderr) == (0, "")


STEPS = st.sampled_from(["write", "half", "rotate", "copy", "none"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(STEPS, max_size=3), max_size=8))
def test_no_line_is_read_twice_and_none_is_skipped(runs: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        log = Path(folder, "app.log")
        written = Written(log)
        written.do("write", 2)
        watch = watched(log, limits=replace(LIMITS, keep_bytes=100_000))
        read = watch.new()
        for steps in [*runs, ["end"]]:
            for step in _rotated_once(steps):
                written.do(step, 2)
            read += watch.new()

        assert [line for line in read if not line.endswith(Written.HALF)] == written.lines


def _rotated_once(steps: list[str]) -> list[str]:
    """Of what is rotated twice between two Runs only the last part is found again."""
    first = next((i for i, step in enumerate(steps) if step in ("rotate", "copy")), 0)
    return [step for i, step in enumerate(steps) if i == first or step not in ("rotate", "copy")]
