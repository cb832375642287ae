"""What the README tells a script to do, done to the letter beside what is there already."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rows import A_COMMAND
from tests.service import Service, launched

pytestmark = pytest.mark.takes(seconds=10)

README = (Path(__file__).parent.parent / "README.md").read_text()
# The real one, at the service's port; it notes the method, the path and the status.
CURL = """#!/bin/sh
method=GET path=
for word in "$@"; do
    case $word in
        localhost:8000/*) path=${word#localhost:8000} ;;
        POST | PUT | DELETE) method=$word ;;
    esac
    set -- "$@" "$(printf %s "$word" | sed "s,^localhost:8000/,127.0.0.1:$PORT/,")"
    shift
done
status=$(PATH=$REAL_PATH curl -sS -o "$NOTES/answer" -w '%{http_code}' "$@")
echo "$method $path $status" >> "$NOTES/calls"
cat "$NOTES/answer"
"""
MADE = {"/targets", "/log-sources", "/monitors"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with launched(tmp_path_factory.mktemp("readme") / "data") as service:
        yield service


def carried_out(service: Service, folder: Path) -> list[list[str]]:
    """The block of the README, by a shell: each call's method, path and status."""
    (block,) = re.findall(r"```sh\n(.*?)```", README, re.S)
    (folder / "curl").write_text(CURL)
    (folder / "curl").chmod(0o700)
    told = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "REAL_PATH": os.environ["PATH"],
        "PORT": str(service.port),
        "NOTES": str(folder),
    }
    subprocess.run(
        ["sh", "-euc", block], env=os.environ | told, check=True, stdout=subprocess.DEVNULL
    )
    return [line.split(" ") for line in (folder / "calls").read_text().splitlines()]


def test_every_curl_example_does_what_it_says_and_no_harm_to_what_is_there(
    service: Service, tmp_path: Path
) -> None:
    paths = ("/targets", "/log-sources", "/monitors")
    own = {"name": "my own", "target_id": 1, "prompt": "Look for errors."}
    service.send("POST", "/monitors", own | {"inputs": [A_COMMAND]})
    before = [[one["name"] for one in service.curl(path)[1]] for path in paths]

    calls = carried_out(service, tmp_path)

    assert len(calls) == 24
    assert [call for call in calls if call[2] not in expected(call[0], call[1])] == []
    assert [[one["name"] for one in service.curl(path)[1]] for path in paths] == before
    assert before[2].count("my own") == 1


def expected(method: str, path: str) -> tuple[str, ...]:
    if "run-once" in path:
        return ("200", "202")
    if method == "POST" and path in MADE:
        return ("201",)
    return ("204",) if method == "DELETE" else ("200",)
