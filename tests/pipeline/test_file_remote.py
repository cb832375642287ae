"""A file of another machine: it is read as one of this machine is, by what a shell there can tell.

That it is followed in the same way is tested in test_file_source.py.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parts import require
from tests.pipeline.logs import LIMITS, Watch, Written, before_extension, busybox, rotate, write
from tests.ssh_server import SshServer
from webapp.pipeline import hosts
from webapp.pipeline.sources.file import shell
from webapp.pipeline.sources.file.files import Ahead
from webapp.pipeline.sources.file.read import read_there
from webapp.pipeline.sources.file.shell import Call, Shell
from webapp.pipeline.sources.file.there import There
from webapp.pipeline.values import GatherLimits

pytestmark = pytest.mark.takes(seconds=60)

HOSTILE = " a'b\"c`touch never`$(touch never)\\\n-x;{}*"
ROOM = GatherLimits(1, 20, 100_000)

# By the shell of this machine, which is as good as any.
watched = partial(Watch, reader=read_there)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    write(path, "one", "two")
    return path


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Call]]:
    """What was asked for at once, each time."""
    asked: list[Sequence[Call]] = []
    ask = Shell._ask

    def counted(self: Shell, calls: Sequence[Call]) -> object:
        asked.append(calls)
        return ask(self, calls)

    monkeypatch.setattr(Shell, "_ask", counted)
    return asked


def meanwhile(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    *,
    before: str = "",
    after: str = "",
) -> None:
    """Something else happens there when the shell calls this program for the first time."""
    folder.mkdir()
    called = folder / "called"
    (folder / program).write_text(
        f'#!/bin/sh\n[ ! -e "{called}" ] || exec {shutil.which(program)} "$@"\n: >"{called}"\n'
        f'{before or ":"}\n{shutil.which(program)} "$@"\n{after or ":"}\n'
    )
    (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_no_name_breaks_out_of_its_quotes(tmp_path: Path, sshd: SshServer) -> None:
    folder = tmp_path / HOSTILE / "-"
    folder.mkdir(parents=True)
    log = folder / f"{HOSTILE}.log"
    write(log, "one")
    watch = Watch(log, ROOM, host=sshd.host)
    watch.run()
    write(log, "two")
    rotate(log, pack=True)
    write(log, "three")

    assert watch.new() == ["two", "three"]
    pattern = folder.parent / "[-]" / "*.log"
    escaped = Path(str(pattern).replace("{}*", "{}[*]"))
    assert Watch(escaped, ROOM, host=sshd.host).new() == ["one", "two", "three"]
    assert not list(Path.home().glob("never"))


def test_a_name_that_is_no_text_is_read_too(tmp_path: Path, sshd: SshServer) -> None:
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.log")), "one")

    assert Watch(tmp_path / "*.log", host=sshd.host).new() == ["one"]


def test_a_pattern_means_what_it_means_here(tmp_path: Path, sshd: SshServer) -> None:
    for name in ("a.log", ".b.log", "c\\d.log", "[x].log", "z/e.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, name)

    for pattern in ("*.log", "[!a].log", ".*", "c\\*", "[[]x*", "*/*", "?.log", "[x].log", "no*"):
        here, there = Watch(tmp_path / pattern).read(), Watch(tmp_path / pattern, host=sshd.host)
        assert (there.read().stdout, there.read().error) == (here.stdout, here.error), pattern


def test_a_run_asks_once_and_twice_where_the_file_was_rotated(
    log: Path, rounds: list[Sequence[Call]]
) -> None:
    watch = watched(log)

    def asked() -> int:
        rounds.clear()
        watch.run()
        return len(rounds)

    assert asked() == 1
    write(log, "three")
    assert asked() == 1
    rotate(log)
    write(log, *("x" * 50 for _ in range(100)))
    assert asked() == 2
    assert asked() == 1


def test_a_pattern_takes_four_rounds_at_most_whatever_became_of_its_files(
    tmp_path: Path, rounds: list[Sequence[Call]]
) -> None:
    logs = [tmp_path / f"{number}x.log" for number in range(9)]
    for log in logs:
        write(log, f"one of {log}")
    watch = watched(tmp_path / "*.log", limits=ROOM)
    watch.run()
    for number, log in enumerate(logs):
        write(log, f"two of {log}")
        rotate(log, pack=number % 2 == 0)
        write(log, f"three of {log}")

    rounds.clear()
    new = watch.new()

    assert [line for line in new if line[0] != "="] == [
        f"{what} of {log}" for log in logs for what in ("two", "three")
    ]
    assert len(rounds) <= 4


def test_files_that_went_take_two_rounds_more_and_what_is_lost_is_asked_for_once(
    tmp_path: Path, rounds: list[Sequence[Call]]
) -> None:
    logs = [tmp_path / f"{name}.log" for name in ("a", "b", "c", "d")]
    for log in logs:
        write(log, "one")
    watch = watched(tmp_path / "*.log", limits=ROOM)
    watch.run()
    for log in logs[1:3]:
        write(log, f"two of {log}")
        log.rename(f"{log}.1")
    logs[3].unlink()

    rounds.clear()
    new = watch.new()

    assert [line for line in new if line[0] != "="] == [f"two of {log}" for log in logs[1:3]]
    assert len(rounds) == 4
    for log in logs[1:3]:
        Path(f"{log}.1").unlink()
    watch.run()
    rounds.clear()
    assert watch.new() == []
    assert len(rounds) == 2


@pytest.mark.parametrize("programs", ["usual", "busybox"])
def test_of_a_large_file_only_the_end_is_sent(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: str
) -> None:
    if programs == "busybox":
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", busybox(tmp_path / "bin"))
    os.truncate(log, 10 << 30)
    write(log, "", *(f"line {i:04}" for i in range(1000)))
    watch = watched(log, limits=replace(LIMITS, timeout_seconds=10))

    result = watch.read()

    assert result.stdout.text.startswith("line 0901\n")
    assert result.stdout.text.endswith("line 0999\n")
    assert result.stdout.total_bytes == (10 << 30) + 10_001
    assert result.stdout.at_least
    assert watch.new() == []


def test_a_file_that_is_renamed_between_its_facts_and_its_bytes_is_read(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watched(log)
    watch.run()
    write(log, "three")
    renamed = f'mv "{log}" "{log}.1"; echo four >"{log}"'
    meanwhile(tmp_path / "bin", monkeypatch, "dd", before=renamed)

    assert watch.new() == ["three"]
    assert watch.new() == ["four"]


def test_a_file_that_is_rotated_between_two_rounds_is_found_again(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: list[Sequence[Call]]
) -> None:
    watch = watched(log)
    watch.run()
    write(log, "three")
    rotate(log)
    write(log, "four")
    again = f'mv "{log}.1" "{log}.2"; mv "{log}" "{log}.1"; echo five >"{log}"'
    # After the list was made, so that it names what is elsewhere by then.
    meanwhile(tmp_path / "bin", monkeypatch, "head", after=again)
    rounds.clear()

    assert watch.new() == ["three", "four"]
    assert len(rounds) == 2
    assert Path(f"{log}.2").exists()
    assert watch.new() == ["five"]


def test_a_file_that_is_gone_by_the_second_round_lets_reading_begin_anew(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watched(log)
    watch.run()
    write(log, "three")
    rotate(log)
    write(log, "four")
    meanwhile(tmp_path / "bin", monkeypatch, "head", after=f'gzip "{log}.1"')

    assert watch.new() == ["three", "four"]
    assert Path(f"{log}.1.gz").exists()


def test_a_file_that_is_emptied_while_it_is_read_is_read_anew(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watched(log)
    watch.run()
    write(log, "three")
    copied = f'cp -p "{log}" "{log}.1"; : >"{log}"; echo four >"{log}"'
    meanwhile(tmp_path / "bin", monkeypatch, "dd", before=copied)

    assert watch.new() == ["three", "four"]


def test_one_that_never_rests_is_said_and_nothing_of_it_is_lost(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = watched(log)
    watch.run()
    write(log, "three")
    with monkeypatch.context() as changed:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "dd").symlink_to("/bin/true")
        changed.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
        result = watch.read()

    again = "it became another file again and again meanwhile"
    assert result.error == f"cannot read {log}: {again}"
    assert watch.new() == ["three"]


def test_a_link_that_is_swapped_leads_to_one_file_only(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "secret", "a secret of the same size")
    (tmp_path / "link").symlink_to(log)
    swapped = f'ln -sfn "{tmp_path}/secret" "{tmp_path}/link"'
    meanwhile(tmp_path / "bin", monkeypatch, "dd", before=swapped)

    assert watched(tmp_path / "link").read().stdout.text == "one\ntwo\n"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "No such file or directory, or no permission to look there"),
        ("folder", "it is a directory, not a regular file"),
        ("fifo", "it is a FIFO, not a regular file"),
        ("device", "it is not a regular file"),
        ("broken.gz", "it cannot be unpacked"),
        ("torn.gz", "it cannot be unpacked"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "broken.gz").write_text("no gzip")
    write(tmp_path / "torn", "one")
    subprocess.run(["gzip", tmp_path / "torn"], check=True)
    os.truncate(tmp_path / "torn.gz", 20)

    path = tmp_path / name

    assert watched(path).read().error == f"cannot read {path}: {reason}"


def test_a_file_that_is_not_for_its_user_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory(dir="/tmp") as folder:  # nobody may not look into tmp_path
        Path(folder).chmod(0o755)
        log = Path(folder, "app.log")
        write(log, "one")
        log.chmod(0)
        if os.geteuid() == 0:  # whom no mode stops
            monkeypatch.setattr(hosts, "_SHELL", _shell_of_nobody(Path(folder)))

        assert watched(log).read().error == f"cannot read {log}: Permission denied"


def _shell_of_nobody(folder: Path) -> str:
    require(shutil.which("setpriv") is not None, "no setpriv (Debian: util-linux)")
    become = 'setpriv --reuid 65534 --clear-groups /bin/sh "$@"'
    shell = folder / "sh"
    shell.write_text(f'#!/bin/sh\n[ "$(id -u)" != 0 ] || exec {become}\nexec /bin/sh "$@"\n')
    shell.chmod(0o755)
    return str(shell)


def test_a_machine_that_is_not_reached_is_said(log: Path, sshd: SshServer) -> None:
    error = Watch(log, host=sshd.as_host(port=1)).read().error

    assert error
    assert error.startswith(f"cannot read {log}: ")


def test_a_machine_that_does_not_answer_in_time_is_said(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(tmp_path / "bin", monkeypatch, "dd", before="sleep 100")

    result = watched(log, limits=replace(LIMITS, timeout_seconds=1)).read()

    assert result.error == f"timed out after 1 s; {log} could not be read until then"


def test_a_machine_without_stat_is_said(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    error = watched(log).read().error

    assert error == f"cannot read {log}: exited with status 3: stat is missing there"


STEPS = st.tuples(
    st.sampled_from(["write", "half", "rotate", "pack", "copy", "run", "run"]), st.integers(0, 1)
)


@pytest.mark.parametrize("program", ["dash", "bash", "busybox"])
@settings(max_examples=8, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
def test_in_every_shell_files_are_read_as_here(program: str, steps: list[tuple[str, int]]) -> None:
    """A log of short lines and one of so long ones that not all of it can be fetched ahead, whose
    rotated files have names that another log could have."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as changed:
        if program == "busybox":
            changed.setenv("PATH", busybox(Path(folder)))
        command = shutil.which("sh" if program == "busybox" else program)
        require(command is not None, f"no {program}")
        changed.setattr(hosts, "_SHELL", str(command))
        logs = [
            Written(Path(folder, "a.log")),
            Written(Path(folder, "b.log"), "x" * 9000, named=before_extension),
        ]
        for one in logs:
            one.do("write", 2)
        pattern = Path(folder, "*.log")
        here, there = Watch(pattern, ROOM), watched(pattern, limits=ROOM)
        for step, which in [*steps, ("end", 0), ("end", 1), ("run", 0)]:
            if step != "run":
                logs[which].do(step, 3)
                continue
            seen, told = here.read(), there.read()
            assert (told.error, told.stdout, told.notices) == (None, seen.stdout, seen.notices)
            assert there.position == here.position


def test_what_was_not_fetched_ahead_is_fetched_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "app.log"
    write(log, *("old " + "x" * 100 for _ in range(500)))
    here, there = Watch(log, ROOM), watched(log, limits=ROOM)
    here.read()
    there.read()
    write(log, *("new " + "x" * 100 for _ in range(500)))
    ahead = There.open_ahead

    def in_vain(self: There, wanted: Iterable[Ahead]) -> None:
        ahead(self, [Ahead(one.file) for one in wanted])

    monkeypatch.setattr(There, "open_ahead", in_vain)

    assert there.read().stdout == here.read().stdout


def test_the_script_is_short_enough_for_its_pipe() -> None:
    assert len(shell._SCRIPT) + shell._MOST_CALLED < 1 << 16
