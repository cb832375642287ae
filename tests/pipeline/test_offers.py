"""What can be read on a Target, found quickly or not at all."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import docker
from flask import Flask

from tests.rows import new_source, new_target
from webapp.config import Settings
from webapp.pipeline.offers import offers_on
from webapp.pipeline.sources.containers import Container, list_containers
from webapp.pipeline.sources.recent_files import Folder, recent_files
from webapp.pipeline.values import LogPaths

CONTAINERS = [
    {"Names": ["/old"], "Image": "redis:7", "State": "exited"},
    {"Names": ["/web"], "Image": "nginx:1", "State": "running"},
]


@contextmanager
def engine_that_lists(containers: list[dict[str, object]]) -> Iterator[str]:
    """A server that speaks as much of the engine's protocol as the list needs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            version = {"ApiVersion": "1.44", "Version": "27"}
            body = json.dumps(version if self.path.endswith("/version") else containers).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_containers_are_listed_with_those_that_run_first() -> None:
    with engine_that_lists(CONTAINERS) as url:
        listed = list_containers(url, seconds=2)

    assert listed == [Container("web", "nginx:1", "running"), Container("old", "redis:7", "exited")]


def test_a_real_engine_lists_its_containers(engine: docker.DockerClient) -> None:
    listed = list_containers("unix:///var/run/docker.sock", seconds=10)

    assert {one.name for one in listed} >= {one.name for one in engine.containers.list(all=True)}


def test_a_docker_target_has_containers_and_no_files(app: Flask, settings: Settings) -> None:
    with engine_that_lists(CONTAINERS) as url:
        target = new_target(type="docker_host", connection_config={"host": url})

        offered = offers_on(target, settings)

    assert [one.name for one in offered.containers] == ["web", "old"]
    assert (offered.files, offered.problems) == ([], [])


def test_an_engine_that_is_not_there_is_a_sentence_and_files_are_offered_all_the_same(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    gone = settings.model_copy(update={"docker_host": "tcp://127.0.0.1:1"})
    target = new_target()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/other.log").write_text("one\n")
    new_source(target, config={"path": str(tmp_path / "logs/shop.log")})

    offered = offers_on(target, gone)

    assert offered.containers == []
    (problem,) = offered.problems
    assert problem.startswith("Containers could not be listed: the Docker engine at tcp://127")
    assert str(tmp_path / "logs/other.log") in [file.path for file in offered.files]


def test_a_machine_without_docker_has_no_problem_with_it(app: Flask, settings: Settings) -> None:
    bare = settings.model_copy(update={"docker_host": "unix:///nowhere/docker.sock"})

    offered = offers_on(new_target(), bare)

    assert (offered.containers, offered.problems) == ([], [])


def test_an_engine_that_does_not_answer_is_given_up_in_time(app: Flask, settings: Settings) -> None:
    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            released.wait()

    released = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"tcp://127.0.0.1:{server.server_port}"
    target = new_target(type="docker_host", connection_config={"host": url})

    began = time.monotonic()
    offered = offers_on(target, settings)
    took = time.monotonic() - began
    released.set()
    server.shutdown()
    thread.join()
    server.server_close()

    assert took < 2
    assert offered.problems == [
        f"Containers could not be listed: the Docker engine at {url} did not answer in time."
    ]


def test_files_are_regular_readable_and_newest_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new.log", "old.log", "packed.gz", ".hidden", "wtmp")):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "below").mkdir()
    (tmp_path / "below/deep.log").write_text("xyz")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)

    found = recent_files([Folder(tmp_path, depth=1)], LogPaths(), seconds=2)
    flat = recent_files([Folder(tmp_path, depth=0)], LogPaths(), seconds=2)

    assert [Path(file.path).name for file in found] == ["deep.log", "new.log", "old.log"]
    assert found[0].bytes == 3
    assert [Path(file.path).name for file in flat] == ["new.log", "old.log"]


def test_files_of_the_service_and_of_the_kernel_are_never_offered(tmp_path: Path) -> None:
    own = tmp_path / "data"
    own.mkdir()
    (own / "monitor.db").write_text("secret")
    (tmp_path / "way-in").symlink_to(own)
    folders = [Folder(path, 2) for path in (tmp_path, own, tmp_path / "way-in", Path("/proc/self"))]

    assert recent_files(folders, LogPaths(never=(str(own),)), seconds=2) == []


def test_only_what_may_be_read_is_offered(tmp_path: Path) -> None:
    for name in ("open", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.log").write_text("x")
    (tmp_path / "open/way-out.log").symlink_to(tmp_path / "closed/app.log")

    allowed = LogPaths(only=(str(tmp_path / "open"),))
    found = recent_files([Folder(tmp_path, depth=1)], allowed, seconds=2)

    assert [file.path for file in found] == [str(tmp_path / "open/app.log")]
