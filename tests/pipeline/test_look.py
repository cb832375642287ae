"""How a Target shows itself, and what it says where it cannot be used."""

import gc
import getpass
import json
import os
import platform
import socket
from pathlib import Path

import pytest
from flask import Flask

from tests.pipeline.conftest import as_nobody
from tests.pipeline.docker_engine import CONNECTS_IN_VAIN, VERSION, engine_at, says
from tests.rows import new_target
from webapp.config import Settings
from webapp.pipeline.look import TargetCheck, look_at
from webapp.schemas import TargetIn, validate

INFO = {
    "ServerVersion": "27.1.1",
    "OperatingSystem": "Debian GNU/Linux 12",
    "Containers": 5,
    "ContainersRunning": 3,
}


def test_this_machine_says_who_its_commands_run_as(app: Flask, settings: Settings) -> None:
    check = look_at(new_target(), settings)

    assert (check.ok, check.error) == (True, None)
    assert check.facts["Runs as"] == getpass.getuser()
    assert check.facts["Host"] == platform.node()
    assert check.facts["System"] == f"{platform.system()} {platform.release()}"
    assert list(check.facts)[-1] == "Commands begin in"


def test_an_engine_says_its_version_and_how_many_containers_it_has(
    app: Flask, settings: Settings
) -> None:
    with engine_at(says(VERSION), says(json.dumps(INFO).encode())) as url:
        check = _look(url, settings)

    assert (check.ok, check.error) == (True, None)
    assert check.facts["Engine"] == "Docker 27.1.1"
    assert check.facts["System"] == "Debian GNU/Linux 12"
    assert check.facts["Containers"] == "5, of which 3 run"


@CONNECTS_IN_VAIN
def test_an_engine_that_is_not_there_is_said(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    url = f"unix://{tmp_path}/docker.sock"

    check = _look(url, settings)
    gc.collect()

    assert check == TargetCheck(
        False,
        check.duration_ms,
        {},
        f"The Docker engine at {url} is not reachable: No such file or directory.",
    )


@CONNECTS_IN_VAIN
def test_an_engine_that_refuses_is_said(app: Flask, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    check = _look(f"tcp://127.0.0.1:{port}", settings)
    gc.collect()

    assert check.error == (
        f"The Docker engine at tcp://127.0.0.1:{port} is not reachable: Connection refused."
    )


@CONNECTS_IN_VAIN
def test_a_socket_that_is_not_for_us_is_said(app: Flask, settings: Settings) -> None:
    assert settings.held_secrets, "read by now, as nobody may not"
    path = Path("/tmp") / f"engine-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0)

        with as_nobody():
            check = _look(f"unix://{path}", settings)
    path.unlink()
    gc.collect()

    assert check.error == f"No permission to use the Docker engine's socket unix://{path}."


def test_an_engine_that_does_not_answer_is_given_up(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.pipeline.look.SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        check = _look(url, settings)

    assert check.error == f"The Docker engine at {url} did not answer in time."
    assert check.duration_ms < 5000


def test_an_answer_that_no_engine_gives_is_said(app: Flask, settings: Settings) -> None:
    with engine_at(says(VERSION), says(b"{}")) as url:
        check = _look(url, settings)

    assert check.error == (
        f"The Docker engine at {url} cannot be used: its answer has no 'ServerVersion'."
    )


def _look(url: str, settings: Settings) -> TargetCheck:
    config = {"host": url}
    draft = validate(
        TargetIn, {"name": "engine", "type": "docker_host", "connection_config": config}
    )
    return look_at(draft, settings)
