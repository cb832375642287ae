"""What the README tells a script to do, done to the letter on a fresh installation."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import Service, launched

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with launched(tmp_path_factory.mktemp("readme") / "data") as service:
        yield service


def examples() -> list[tuple[str, list[str]]]:
    """Each curl command of the README: its path, and the other words."""
    (block,) = re.findall(r"```sh\n(.*?)```", README, re.S)
    commands = [shlex.split(line) for line in block.splitlines() if line.startswith("curl ")]
    return [_taken_apart(words[1:]) for words in commands]


def test_every_curl_example_does_what_it_says(service: Service) -> None:
    statuses = [
        (method_of(options), path, service.curl(path, *options)[0]) for path, options in examples()
    ]

    assert len(statuses) == 24
    assert [
        (method, path, status)
        for method, path, status in statuses
        if status not in expected(method, path)
    ] == []


def method_of(options: list[str]) -> str:
    return options[options.index("-X") + 1] if "-X" in options else "GET"


def expected(method: str, path: str) -> tuple[int, ...]:
    if "run-once" in path:
        return (200, 202)
    if method == "POST" and path in ("/targets", "/log-sources", "/monitors"):
        return (201,)
    return (204,) if method == "DELETE" else (200,)


def _taken_apart(words: list[str]) -> tuple[str, list[str]]:
    (url,) = (word for word in words if word.startswith("localhost:8000"))
    return url.removeprefix("localhost:8000"), [word for word in words if word != url]
