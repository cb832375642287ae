import gc
import os
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import as_nobody
from tests.pipeline.docker_engine import CONNECTS_IN_VAIN, VERSION, Answer, engine_at, says
from webapp.pipeline.sources import READERS
from webapp.pipeline.sources.file.matching import Matching
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec, Tail

LOCAL = Host("local")
CONTAINER = b'{"Id": "abc", "Config": {"Tty": true}}'
LIMITS = GatherLimits(max_workers=1, timeout_seconds=20, keep_bytes=1000)


def read(
    mode: str, host: Host = LOCAL, limits: GatherLimits = LIMITS, **config: Any
) -> CommandResult:
    return READERS[mode](host, InputSpec("A", mode, config=config), limits)


def test_a_command_is_read_with_all_that_its_author_set(tmp_path: Path) -> None:
    spec = InputSpec("A", "command", "pwd; echo $MINE", workdir=str(tmp_path), env={"MINE": "1"})

    result = READERS["command"](LOCAL, spec, LIMITS)

    assert result.stdout.text == f"{tmp_path}\n1\n"


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("one\ntwo\n")

    result = read("file", path=str(path))

    assert (result.stdout, result.error) == (Tail("one\ntwo\n", 8, 2), None)


def test_of_a_huge_file_only_the_end_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.log"
    with path.open("wb") as file:
        file.truncate(10 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"".join(b"line %04d\n" % i for i in range(1000)))

    started = time.monotonic()
    result = read("file", path=str(path))

    assert time.monotonic() - started < 1
    assert result.stdout.text.endswith("line 0998\nline 0999\n")
    assert result.stdout.text.startswith("line 0901\n")
    assert result.stdout.total_bytes == (10 << 30) + 10_000


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "app-1.log").write_text("one\n")
    (tmp_path / "current").symlink_to("app-1.log")

    assert read("file", path=str(tmp_path / "current")).stdout.text == "one\n"


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    fifo, bound = tmp_path / "fifo", tmp_path / "socket"
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(bound))

        errors = [
            read("file", path=str(path)).error for path in (fifo, tmp_path, "/dev/zero", bound)
        ]

    assert errors == [
        f"cannot read {fifo}: it is a FIFO, not a regular file",
        f"cannot read {tmp_path}: it is a directory, not a regular file",
        "cannot read /dev/zero: it lies in /dev, which is never read",
        f"cannot read {bound}: No such device or address",
    ]


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    path = Path("/tmp") / f"secret-{os.getpid()}.log"  # nobody may not look into tmp_path
    path.write_text("x")
    path.chmod(0)

    with as_nobody():
        denied = read("file", path=str(path)).error
    path.unlink()
    missing = read("file", path=str(path)).error

    assert denied == f"cannot read {path}: Permission denied"
    assert missing == f"cannot read {path}: No such file or directory"


@pytest.mark.parametrize("tty", [False, True])
def test_container_logs_hold_both_streams(printed_by: Any, tty: bool) -> None:
    container = printed_by("echo out; echo err >&2; printf last", tty=tty)

    result = read("docker_logs", container_name=container.name)

    assert result.error is None
    assert sorted(result.stdout.text.split()) == ["err", "last", "out"]


def test_of_container_logs_the_newest_lines_are_read(printed_by: Any) -> None:
    container = printed_by("for i in 1 2 3 4 5; do echo line $i; done")

    result = read("docker_logs", container_name=container.id, tail=2)

    assert result.stdout == Tail(
        "line 4\nline 5\n", 21, 3, lost_lines=1, lost_bytes=7, at_least=True
    )


def test_container_logs_larger_than_memory_keep_their_end(printed_by: Any) -> None:
    container = printed_by("i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done")

    result = read("docker_logs", container_name=container.name, tail=10_000)

    assert result.stdout.text.endswith("line 2999\nline 3000\n")
    assert len(result.stdout.text) <= LIMITS.keep_bytes
    assert result.stdout.total_lines == 3000


def test_container_logs_may_be_only_the_recent_ones(printed_by: Any) -> None:
    container = printed_by("echo just now")

    recent = read("docker_logs", container_name=container.name, since_seconds=600)
    future = read("docker_logs", container_name=container.name, since_seconds=-600)

    assert (recent.stdout.text, future.stdout.text) == ("just now\n", "")


def test_an_unknown_container_is_said(engine: Any) -> None:
    result = read("docker_logs", container_name="no-such-container")

    assert result.error == (
        "there is no container no-such-container on unix:///var/run/docker.sock"
    )


@CONNECTS_IN_VAIN
def test_an_engine_that_is_not_there_is_said(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/docker.sock"

    result = read("docker_logs", Host("docker_host", url), container_name="web")
    gc.collect()

    assert result.error == (
        f"the Docker engine at {url} is not reachable: No such file or directory"
    )


def test_an_engine_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        limits = GatherLimits(max_workers=1, timeout_seconds=0.3, keep_bytes=1000)

        result = read("docker_logs", Host("docker_host", url), limits, container_name="web")

    assert result.error == f"the Docker engine at {url} did not answer in time"


@CONNECTS_IN_VAIN
def test_a_socket_that_is_not_for_us_is_said() -> None:
    path = Path("/tmp") / f"docker-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0)

        with as_nobody():
            result = read("docker_logs", Host("docker_host", f"unix://{path}"), container_name="x")
    path.unlink()
    gc.collect()

    assert result.error == f"no permission to use the Docker engine's socket unix://{path}"


def test_a_path_that_no_system_knows_is_an_error_sentence() -> None:
    assert read("file", path="/a\0b").error == "cannot read /a\0b: embedded null byte"


def test_a_file_system_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # A mock, as only a dead network file system hangs like this.
    released = threading.Event()

    def hang(*_: object) -> Matching:
        released.wait(60)
        return Matching([], 0)

    monkeypatch.setattr("webapp.pipeline.sources.file.read.matching", hang)

    result = read("file", limits=replace(LIMITS, timeout_seconds=0.2), path="/etc/hostname")
    released.set()

    assert result.error == "timed out after 0.2 s; /etc/hostname could not be read until then"
    assert result.duration_ms < 5000


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([b"{}"], "ApiVersion"),
        ([b"[]"], "list indices"),
        ([b'{"ApiVersion": 7}'], "Version parameter must be a string"),
        ([b"<html>"], "Expecting value"),
        ([VERSION, b"{}"], "its answer has no 'Id'"),
        ([VERSION, b'{"Id": "abc"}'], "its answer has no 'Config'"),
        ([VERSION, b'{"Id": "abc", "Config": null}'], "not subscriptable"),
        ([VERSION, b"[]"], "list indices"),
        ([VERSION, b"<html>"], "Expecting value"),
    ],
)
def test_an_answer_that_no_engine_gives_is_said(answers: list[bytes], problem: str) -> None:
    with engine_at(*map(says, answers)) as url:
        result = read("docker_logs", Host("docker_host", url), container_name="web")

    assert result.error
    assert result.error.startswith(f"the Docker engine at {url} ")
    assert problem in result.error


@pytest.mark.parametrize("url", ["tcp://a:99999", "tcp://[", "nonsense", "tcp://a b"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    result = read("docker_logs", Host("docker_host", url), container_name="web")

    assert result.error
    assert url in result.error


def test_what_a_slow_engine_sent_until_the_time_out_is_kept() -> None:
    def drip(peer: socket.socket, _: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst\n")
        for _ in range(40):
            peer.sendall(b"more\n")
            time.sleep(0.1)

    with engine_at(says(VERSION), says(CONTAINER), drip) as url:
        limits = replace(LIMITS, timeout_seconds=1)
        result = read("docker_logs", Host("docker_host", url), limits, container_name="web")

    assert result.error == "timed out after 1 s; what was read until then was kept"
    assert result.stdout.text.startswith("first\nmore\n")
    assert result.duration_ms < 2000


def test_all_waits_for_an_engine_share_one_time_out() -> None:
    def slow(body: bytes) -> Answer:
        def answer(peer: socket.socket, asked: bytes) -> None:
            for byte in b"HTTP/1.1 200 OK\r\nX: ":
                peer.sendall(bytes([byte]))
                time.sleep(0.05)
            peer.sendall(b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

        return answer

    with engine_at(slow(VERSION), slow(CONTAINER), slow(b"late\n")) as url:
        limits = replace(LIMITS, timeout_seconds=1.2)
        result = read("docker_logs", Host("docker_host", url), limits, container_name="web")

    assert result.error == f"the Docker engine at {url} did not answer in time"
    assert result.duration_ms < 2000
