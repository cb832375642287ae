"""The units of docs/systemd, as systemd itself reads them, and what they promise."""

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.parts import require
from webapp.config import Settings
from webapp.jobs.worker import STOP_SECONDS

ROOT = Path(__file__).parent.parent
UNITS = sorted((ROOT / "docs" / "systemd").glob("*.service"))
# The scheduler runs none.
RUN_COMMANDS = [unit for unit in UNITS if unit.name != "log-monitor-scheduler.service"]
INSTALLED = "/opt/ai-log-monitor"
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectSystem": "strict",
    "RestrictNamespaces": "yes",
    "UMask": "0077",
}

each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


def service(unit: Path) -> dict[str, str]:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    return dict(parser["Service"])


def test_there_is_one_for_each_process_and_one_for_all() -> None:
    assert [unit.name for unit in UNITS] == [
        "log-monitor-scheduler.service",
        "log-monitor-web.service",
        "log-monitor-worker@.service",
        "log-monitor.service",
    ]


@each_unit
def test_systemd_finds_nothing_wrong_with_it(unit: Path, tmp_path: Path) -> None:
    require(shutil.which("systemd-analyze") is not None, "no systemd-analyze (Debian: systemd)")
    installed = tmp_path / unit.name
    programs = str(Path(sys.executable).parent)
    text = unit.read_text().replace(f"{INSTALLED}/.venv/bin", programs)
    installed.write_text(text.replace(INSTALLED, str(ROOT)))

    verify = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(installed)], capture_output=True, text=True
    )

    assert (verify.returncode, verify.stdout + verify.stderr) == (0, "")


@each_unit
def test_it_is_started_again_whatever_it_exits_with(unit: Path) -> None:
    assert service(unit)["Restart"] == "always"
    assert "StartLimitIntervalSec=0" in unit.read_text()


@each_unit
def test_it_has_no_rights_that_it_does_not_need(unit: Path) -> None:
    found = service(unit)

    assert {name: found[name] for name in HARDENED} == HARDENED
    assert found["User"] == "log-monitor"
    assert found["ProtectHome"] in ("yes", "read-only")


@each_unit
def test_all_that_it_writes_is_in_its_state_directory(unit: Path) -> None:
    found = service(unit)
    told = dict(word.split("=") for word in found["Environment"].split())

    assert told["DATA_DIR"] == f"/var/lib/{found['StateDirectory']}"
    assert found["StateDirectoryMode"] == "0700"
    assert "ReadWritePaths" not in found
    assert set(told) - {name.upper() for name in Settings.model_fields} == {
        "PYTHONDONTWRITEBYTECODE"
    }


@pytest.mark.parametrize("name", ["log-monitor-worker@.service", "log-monitor.service"])
def test_a_stop_lets_a_worker_end_its_runs_and_their_commands(name: str) -> None:
    found = service(ROOT / "docs" / "systemd" / name)

    assert int(found["TimeoutStopSec"]) > STOP_SECONDS + 10
    assert found["KillMode"] == "mixed"


@pytest.mark.parametrize("unit", RUN_COMMANDS, ids=lambda unit: unit.name)
def test_a_command_that_is_ended_for_its_memory_does_not_end_the_service(unit: Path) -> None:
    assert service(unit)["OOMPolicy"] == "continue"


@each_unit
def test_it_starts_what_is_there(unit: Path) -> None:
    words = service(unit)["ExecStart"].removeprefix(f"{INSTALLED}/.venv/bin/").split()

    files = [word for word in words if re.search(r"\.py$", word)]

    assert words[0] in ("python", "gunicorn")
    assert [file for file in files if not (ROOT / file).exists()] == []
