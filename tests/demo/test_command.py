"""`make demo` in a folder of its own, as somebody starts it who wants to look around."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.notify.smtp_server import Mailbox, smtp_server
from tests.processes import clean_environment
from tests.service import ROOT, Service, launched

BROKEN = {
    "name": "Broken",
    "prompt": "Look for errors.",
    "target_id": 1,
    "inputs": [{"label": "LOG", "mode": "command", "command": "echo FATAL: out of memory"}],
    "notification_config": {"email_recipients": ["a@example.com"], "sms_recipients": ["+15550100"]},
}

pytestmark = pytest.mark.takes(seconds=30)


def test_the_demo_is_filled_once_served_and_goes_on_reading_its_logs(tmp_path: Path) -> None:
    with _demo(tmp_path) as service:
        _, first = service.curl("/monitors")
    with _demo(tmp_path) as service:
        _, monitors = service.curl("/monitors")
        status, run = _run_once(service, "Storefront")
    refused = _fill(tmp_path / "demo-data")

    assert [one["id"] for one in monitors] == [one["id"] for one in first]
    assert len(monitors) == 26
    assert (status, run["error"]) == (200, None)
    assert "route=/cart status=200" in run["logs_text"]
    assert (refused.returncode, "fills an empty database only" in refused.stderr) == (1, True)


def test_it_tells_nobody_whatever_is_set_for_the_installation_beside_it(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with smtp_server(mailbox) as port:
        mail = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port)}
        sms = {"SMS_URL": f"json://127.0.0.1:{port}"}
        (tmp_path / ".env").write_text("".join(f"{n}={v}\n" for n, v in mail.items()))
        with _demo(tmp_path, **mail, **sms) as service:
            _, settings = service.curl("/settings")
            service.send("POST", "/monitors", BROKEN)
            _, run = _run_once(service, "Broken")

    channels = [one for one in settings["variables"] if one["name"].startswith(("SMTP_", "SMS_"))]
    assert [one["is_set"] for one in channels] == [False] * 7
    assert run["status"] == "alert"
    assert [one["status"] for one in run["notifications"]] == ["skipped", "skipped"]
    assert mailbox.letters == []


@contextmanager
def _demo(folder: Path, **variables: str) -> Iterator[Service]:
    """In `demo-data` of the folder, and not where the caller's DATA_DIR says."""
    with launched(folder / "mine", module="webapp.demo", cwd=folder, **variables) as service:
        yield service


def _run_once(service: Service, name: str) -> tuple[int, Any]:
    _, monitors = service.curl("/monitors")
    monitor_id = next(one["id"] for one in monitors if one["name"] == name)
    return service.curl(f"/monitors/{monitor_id}/run-once?wait=60", "--request", "POST")


def _fill(data_dir: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "webapp", "demo"],
        cwd=ROOT,
        env=clean_environment(DATA_DIR=str(data_dir)),
        capture_output=True,
        text=True,
        timeout=120,
    )
