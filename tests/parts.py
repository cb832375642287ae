"""Parts that a machine may lack: tests that need one skip with the reason."""

import os

import pytest


def require(present: bool, reason: str) -> None:
    """Skip the test unless `present`; with REQUIRE_ALL=1, as in CI, fail it."""
    if present:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
