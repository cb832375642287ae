"""Processes that a test begins."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import psutil

from webapp.config import Settings

Text = TypeVar("Text", str, bytes)


def clean_environment(**told: str) -> dict[str, str]:
    """The environment without the caller's own settings of the service, and with these."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name not in ours} | told


@contextmanager
def killed_afterwards(process: subprocess.Popen[Text]) -> Iterator[subprocess.Popen[Text]]:
    """It does not outlive the test. Popen's own end of `with` waits, for ever if the test failed
    before it told the process to end."""
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def stopped(*processes: psutil.Process) -> Iterator[None]:
    """They hang for a while, as a machine does that swaps or a disk that is away."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # it has ended since somebody looked
            process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()
