"""What the process manager does with a part that hangs; its own life is in test_launch.py."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from webapp.manager import HUNG_LOOKS, Watch


@pytest.fixture(autouse=True)
def text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "text")


@pytest.fixture
def part() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "100"]) as process:
        yield process
        process.kill()


def tick(*pids: int) -> Any:
    """Supervisor's, that runs these parts."""
    processes = {str(pid): SimpleNamespace(pid=pid) for pid in pids}
    return SimpleNamespace(
        supervisord=SimpleNamespace(process_groups={"one": SimpleNamespace(processes=processes)})
    )


def file_of(part: subprocess.Popen[bytes], folder: Path) -> Path:
    file = folder / f"worker-{part.pid}"
    file.touch()
    return file


def test_a_part_that_shows_no_life_at_so_many_looks_is_killed(
    part: subprocess.Popen[bytes], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file_of(part, tmp_path)
    watch = Watch(tmp_path)

    for _ in range(HUNG_LOOKS - 1):
        watch.look(tick(part.pid))
    before = part.poll()
    watch.look(tick(part.pid))

    assert (before, part.wait(timeout=30)) == (None, -9)
    assert f'reason="worker-{part.pid} showed no life for 180 s' in capfd.readouterr().out


def test_a_part_that_is_slow_is_left_alone(part: subprocess.Popen[bytes], tmp_path: Path) -> None:
    file = file_of(part, tmp_path)
    watch = Watch(tmp_path)

    for look in range(3 * HUNG_LOOKS):
        if look % (HUNG_LOOKS - 1) == 0:
            os.utime(file, (look, look))
        watch.look(tick(part.pid))

    assert part.poll() is None


def test_a_file_of_a_process_that_is_none_of_its_parts_is_nobodys(
    part: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    file_of(part, tmp_path)
    watch = Watch(tmp_path)

    for _ in range(2 * HUNG_LOOKS):
        watch.look(tick())

    assert part.poll() is None
