"""Commands as another user, which only root can start."""

import os
import pwd
from pathlib import Path

import pytest

from tests.parts import require
from tests.pipeline.conftest import as_nobody
from webapp.command_user import run_as
from webapp.config import BadSettings, Settings
from webapp.pipeline.hosts import run
from webapp.pipeline.values import Bounds, CommandResult, Host


@pytest.fixture(autouse=True)
def _as_root() -> None:
    require(os.geteuid() == 0, "only root can run them so")


def run_as_nobody(command: str, seconds: float = 20) -> CommandResult:
    bounds = Bounds(user=run_as("nobody", Path("/nowhere")))
    return run(Host("local"), command, timeout_seconds=seconds, keep_bytes=5000, bounds=bounds)


def test_a_command_is_that_user_in_all_respects() -> None:
    nobody = pwd.getpwnam("nobody")

    result = run_as_nobody("id -u; id -ru; id -g; id -G; echo $HOME; umask")

    groups = " ".join(str(gid) for gid in os.getgrouplist("nobody", nobody.pw_gid))
    uid, gid = str(nobody.pw_uid), str(nobody.pw_gid)
    assert result.stdout.text.split("\n")[:6] == [uid, uid, gid, groups, nobody.pw_dir, "0022"]


def test_it_can_become_nobody_else_again() -> None:
    result = run_as_nobody("grep -E 'NoNewPrivs|CapEff|CapPrm|CapAmb' /proc/self/status")

    told = dict(line.split(":\t") for line in result.stdout.text.splitlines())
    assert told.pop("NoNewPrivs") == "1"
    assert {int(capabilities, 16) for capabilities in told.values()} == {0}


def test_it_reads_nothing_that_is_the_service_s_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "monitor.db").write_text("state")

    result = run_as_nobody(f"cat {tmp_path}/monitor.db; cat /proc/$PPID/environ")

    assert result.stdout.text == ""
    assert result.stderr.text.count("Permission denied") == 2


def test_its_streams_can_be_opened_by_name() -> None:
    result = run_as_nobody("echo out >/dev/stdout; echo err >/dev/stderr")

    assert (result.stdout.text, result.stderr.text) == ("out\n", "err\n")


def test_it_is_ended_at_the_time_out_with_all_that_it_began() -> None:
    result = run_as_nobody("sleep 100 & trap '' TERM; echo $!; wait; sleep 100", seconds=0.3)

    assert result.error == "timed out after 0.3 s; what it printed until then was kept"
    assert not Path(f"/proc/{result.stdout.text.strip()}").exists()


def test_the_settings_name_the_user_and_the_bounds_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMMAND_USER", "nobody")

    user = Settings.load().command_bounds.user

    assert user and (user.name, user.uid) == ("nobody", pwd.getpwnam("nobody").pw_uid)


def test_the_service_s_own_user_needs_nothing(tmp_path: Path) -> None:
    assert run_as("root", tmp_path) is None


def test_what_makes_it_impossible_is_said_at_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COMMAND_USER", "nobody-knows")
    with pytest.raises(BadSettings, match="There is no user nobody-knows on this machine"):
        Settings.load()

    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(ValueError, match="Commands of nobody could read all state of the service"):
        run_as("nobody", tmp_path / "open")

    with as_nobody(), pytest.raises(ValueError, match="Only root can run commands as root, and"):
        run_as("root", tmp_path)
