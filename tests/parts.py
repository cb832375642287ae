"""Parts of the machine that a test needs and that may be absent."""

import os

import pytest


def require(present: bool, reason: str) -> None:
    """Skip the test with its reason; with REQUIRE_ALL=1 nothing may be missing."""
    if present:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
