"""changedetection.io, in an environment of its own, with an overview to compare with ours."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.apart import python_with
from benchmarks.fleet import Fleet
from tests.service import free_port

VERSION = "0.60.10"
PROGRAM = "changedetection.io"


def python_of_peer() -> Path | None:
    """The Python of an environment that has it, made at the first call.

    CHANGEDETECTION names another one; with CHANGEDETECTION=no there is none, nor is it fetched.
    """
    named = os.environ.get("CHANGEDETECTION")
    if named:
        return None if named == "no" else Path(named)
    return python_with(f"{PROGRAM}=={VERSION}")


@contextmanager
def serving(service: Fleet, python: Path, watches: int) -> Iterator[int]:
    """The port of its overview; its watches are paused, so that it does nothing else meanwhile."""
    port = free_port()
    addresses = [word for n in range(watches) for word in ("-u", f"http://127.0.0.1:1/{n}")]
    with TemporaryDirectory() as folder:
        told = f"-C -d {folder} -h 127.0.0.1 -p {port} -l ERROR -P true"
        command = [str(python.with_name(PROGRAM)), *told.split(), *addresses]
        with service.running(command, python=str(python)):
            yield port
