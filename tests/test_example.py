"""What a new installation reads, on machines with and without a log."""

from pathlib import Path

import pytest
from flask import Flask

from tests.rows import NOW
from webapp import example
from webapp.models import Monitor


@pytest.fixture(autouse=True)
def no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "JOURNALS", ())


def made() -> tuple[str, str | None, str]:
    """Label, command and prompt of the example."""
    example.add(NOW)
    (monitor,) = Monitor.all()
    return monitor.inputs[0]["label"], monitor.inputs[0]["command"], monitor.prompt


def test_it_reads_the_log_of_the_system_where_there_is_one(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "syslog"
    log.write_text("Jan 31 08:00:00 web-1 systemd[1]: Started nginx.\n")
    monkeypatch.setattr(example, "LOG_FILES", (str(log),))

    assert made() == ("SYSTEM_LOG", f"tail -n 400 {log}", example.PROMPT)


def test_where_there_is_none_it_says_so_and_asks_for_none(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "LOG_FILES", ())

    label, command, prompt = made()

    assert label == "PROCESSES"
    assert command and command.startswith("echo 'No system log can be read here")
    assert "keeps no system log" in prompt


def test_no_list_of_installed_packages_is_taken_for_a_log_of_the_system() -> None:
    names = {Path(file).name for file in example.LOG_FILES}

    assert names == {"syslog", "messages", "system.log", "auth.log"}
