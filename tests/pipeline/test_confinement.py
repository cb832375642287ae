import os
import pwd
from pathlib import Path

import pytest

from tests.parts import require
from tests.pipeline.conftest import as_nobody
from webapp.config import Settings
from webapp.pipeline.confinement import confinement


def test_what_bounds_a_command_is_told_as_it_is_set() -> None:
    settings = Settings(command_memory_mb=0, command_niceness=0, command_timeout_seconds=30)

    told = confinement(settings)

    assert told.run_as == pwd.getpwuid(os.geteuid()).pw_name
    assert told.limits == {
        "Time": "30 s, or its Input's own",
        "CPU time": "300 s",
        "Memory": "any",
        "Processes": "256 at once",
        "Each file": "1,024 MB",
        "Priority": "the service's",
    }


def test_whom_commands_run_as_decides_what_is_not_enforced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require(os.geteuid() == 0, "only root can be each of these users")
    monkeypatch.setenv("COMMAND_USER", "nobody")
    named = confinement(Settings.load())
    monkeypatch.delenv("COMMAND_USER")
    settings = Settings.load()
    as_root = confinement(settings)
    with as_nobody():
        as_itself = confinement(settings)

    assert named.run_as == "nobody"
    assert as_root.not_enforced[0].startswith("Commands run as root: ")
    assert as_itself.not_enforced[0].startswith("Commands run as the service's own user")
    assert as_root.not_enforced[1:] == named.not_enforced


def test_what_takes_off_its_mark_is_held_by_a_control_group_alone(tmp_path: Path) -> None:
    grouped = Settings().model_copy(update={"command_cgroup": str(tmp_path)})

    alone, in_a_group = (
        [sentence for sentence in confinement(one).not_enforced if "oom_score_adj" in sentence]
        for one in (Settings(), grouped)
    )

    assert (len(alone), in_a_group) == (1, [])
