"""`make demo` on a folder of its own, as somebody starts it who wants to look around."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import clean_environment
from tests.service import ROOT, launched

pytestmark = pytest.mark.takes(seconds=30)


def test_the_demo_is_filled_once_served_and_goes_on_reading_its_logs(tmp_path: Path) -> None:
    data_dir = tmp_path / "demo-data"

    first, again = _fill(data_dir), _fill(data_dir)
    with launched(data_dir) as service:
        _, monitors = service.curl("/monitors")
        shop = next(one["id"] for one in monitors if one["name"] == "Storefront")
        status, run = service.curl(f"/monitors/{shop}/run-once?wait=60", "--request", "POST")

    assert (first.returncode, "26 made-up Monitors" in first.stdout) == (0, True)
    assert (again.returncode, "fills an empty database only" in again.stderr) == (1, True)
    assert len(monitors) == 26
    assert (status, run["error"]) == (200, None)
    assert "route=/cart status=200" in run["logs_text"]


def _fill(data_dir: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "webapp", "demo"],
        cwd=ROOT,
        env=clean_environment(DATA_DIR=str(data_dir)),
        capture_output=True,
        text=True,
        timeout=120,
    )
