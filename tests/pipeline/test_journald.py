"""systemd's journal: each entry is read once, as people know it from journalctl."""

import multiprocessing
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.parts import require
from tests.pipeline.journal import Journal
from tests.ssh_server import SshServer
from webapp.pipeline.sources import READERS
from webapp.pipeline.sources.journald import KIND, JournaldConfig
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec, LogPaths

LIMITS = GatherLimits(max_workers=1, timeout_seconds=20, keep_bytes=64_000)
NOBODY = 65534
AT = "2026-01-31T09:00:00+0000 web-1 app[12]:"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    require(shutil.which("journalctl") is not None, "no journalctl (Debian: systemd)")
    return Journal(tmp_path / "journal")


class Watch:
    """A Monitor's Input over its Runs."""

    def __init__(self, journal: Journal, limits: GatherLimits = LIMITS, **config: Any) -> None:
        config = JournaldConfig(directory=str(journal.folder), **config).model_dump()
        self.spec = InputSpec("A", "journald", config=config)
        self.limits = limits
        self.host = Host("local")

    def read(self) -> CommandResult:
        result = READERS["journald"](self.host, self.spec, self.limits)
        if result.position is not None:
            self.spec = replace(self.spec, position=result.position)
        return result

    def run(self) -> tuple[list[str], list[str]]:
        """The messages of context, and those that are new."""
        result = self.read()
        assert result.error is None
        lines = [line.split("]: ", 1)[1] for line in result.stdout.text.splitlines()]
        return lines[: result.stdout.context_lines], lines[result.stdout.context_lines :]


def test_entries_stand_as_people_know_them_with_their_priority_where_it_is_bad(
    journal: Journal,
) -> None:
    journal.write("went well")
    journal.write("failed", PRIORITY="3")
    journal.write("is about to", PRIORITY="4", _PID="", SYSLOG_IDENTIFIER="kernel")

    assert Watch(journal).read().stdout.text.splitlines() == [
        f"{AT} went well",
        f"{AT} <err> failed",
        "2026-01-31T09:00:00+0000 web-1 kernel: <warning> is about to",
    ]


def test_a_message_of_several_lines_cannot_be_taken_for_several_entries(journal: Journal) -> None:
    journal.write(f"one\n{AT} two\x1b[31m", "caf\udce9")

    assert Watch(journal).read().stdout.text.splitlines() == [
        f"{AT} one",
        f"    {AT} two",
        f"{AT} caf\ufffd",
    ]


def test_each_entry_is_new_once(journal: Journal) -> None:
    journal.write("one", "two")
    watch = Watch(journal)

    assert watch.run() == ([], ["one", "two"])
    assert watch.run() == (["one", "two"], [])
    journal.write("two", "two", __REALTIME_TIMESTAMP="1769850000002000")
    assert watch.run() == (["one", "two"], ["two", "two"])
    assert watch.run() == (["one", "two", "two", "two"], [])


def test_over_ssh_a_journal_is_followed_as_here(journal: Journal, sshd: SshServer) -> None:
    journal.write("one")
    watch = Watch(journal)
    watch.host = sshd.host

    assert watch.run() == ([], ["one"])
    journal.write("two")
    assert watch.run() == (["one"], ["two"])


def test_a_journal_that_has_nothing_of_it_yet_is_followed_from_its_first_entry(
    journal: Journal,
) -> None:
    journal.write("one")
    watch = Watch(journal, units=["other.service"], since_seconds=60)

    assert watch.run() == ([], [])
    journal.write("two", _SYSTEMD_UNIT="other.service")
    assert watch.run() == ([], ["two"])


def test_entries_are_chosen_by_unit_program_and_priority(journal: Journal) -> None:
    journal.write("of app")
    journal.write("of web", _SYSTEMD_UNIT="web.service", SYSLOG_IDENTIFIER="nginx")
    journal.write("bad of web", _SYSTEMD_UNIT="web.service", PRIORITY="2")

    web = Watch(journal, units=["web.service"]).read().stdout.text
    assert web.splitlines() == [
        "2026-01-31T09:00:00+0000 web-1 nginx[12]: of web",
        f"{AT} <crit> bad of web",
    ]
    assert Watch(journal, units=["a*"]).run()[1] == ["of app"]
    assert Watch(journal, identifiers=["nginx"]).run()[1] == ["of web"]
    assert Watch(journal, priority="err").run()[1] == ["<crit> bad of web"]


def test_what_is_old_is_left_out_where_that_is_asked_for(journal: Journal) -> None:
    journal.write("one")

    assert Watch(journal, since_seconds=60).run() == ([], [])


def test_what_was_too_old_at_the_first_run_is_not_new_at_the_second(journal: Journal) -> None:
    journal.write("old")
    watch = Watch(journal, since_seconds=60)
    watch.run()
    journal.write("came since", __REALTIME_TIMESTAMP=str(time.time_ns() // 1000))

    assert watch.run() == (["old"], ["came since"])
    assert watch.run() == (["old", "came since"], [])


def test_only_what_is_young_is_read_at_the_first_run(journal: Journal) -> None:
    journal.write("old")
    journal.write("young", __REALTIME_TIMESTAMP=str(time.time_ns() // 1000))

    result = Watch(journal, since_seconds=60).read()

    assert result.stdout.text.endswith("]: young\n")
    assert (result.stdout.total_lines, result.stdout.lost_lines) == (1, 0)


def test_more_than_there_is_room_for_leaves_the_newest_and_is_said(journal: Journal) -> None:
    journal.write("one")
    watch = Watch(journal, replace(LIMITS, keep_bytes=1000))
    watch.run()
    journal.write(*(f"line {number}" for number in range(100)))

    result = watch.read()

    assert result.stdout.text.endswith("line 98\n2026-01-31T09:00:00+0000 web-1 app[12]: line 99\n")
    assert len(result.stdout.text) <= 1000
    assert (result.stdout.context_lines, result.stdout.lost_lines) == (0, 81)
    assert result.notices == ("of the new lines only the last 20 were read",)
    assert watch.run()[1] == []


def test_where_the_journal_has_forgotten_the_last_run_the_gap_is_said(journal: Journal) -> None:
    journal.write("one", file="old")
    watch = Watch(journal)
    watch.run()
    journal.write("two", "three")
    journal.vacuum("old")

    result = watch.read()

    assert result.stdout.text.splitlines() == [f"{AT} two", f"{AT} three"]
    assert result.stdout.context_lines == 0
    (notice,) = result.notices
    assert notice.startswith("the journal has forgotten where the last Run ended")
    assert watch.run() == (["two", "three"], [])


def test_a_folder_without_a_journal_is_said(journal: Journal) -> None:
    assert Watch(journal).read().error == "there is no journal on this machine or in this folder"


def test_a_folder_outside_of_the_allowed_ones_is_refused(journal: Journal) -> None:
    journal.write("one")
    limits = replace(LIMITS, log_paths=LogPaths(only=("/var/log",)))

    assert Watch(journal, limits).read().error == (
        f"cannot read {journal.folder}: it does not lie in LOG_PATHS (/var/log)"
    )


def test_a_folder_that_is_swapped_for_a_link_once_it_was_looked_at_leads_nowhere_else(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.write("one")
    watch = Watch(journal)
    other = Journal(tmp_path / "other")
    other.write("not for us")
    # Whoever swaps has to meet the moment, which only a test does each time: before journalctl.
    script = tmp_path / "bin" / "journalctl"
    script.parent.mkdir()
    moved = f"mv {journal.folder} {tmp_path}/moved && ln -s {other.folder} {journal.folder}"
    real = shutil.which("journalctl")
    script.write_text(f'#!/bin/sh\n[ -e {tmp_path}/moved ] || {{ {moved}; }}\nexec {real} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")

    assert watch.run() == ([], ["one"])
    assert journal.folder.is_symlink()


def test_what_is_no_folder_is_said(journal: Journal) -> None:
    journal.folder.rmdir()
    missing = Watch(journal).read().error
    journal.folder.touch()

    assert missing == f"cannot read {journal.folder}: No such file or directory"
    assert Watch(journal).read().error == f"cannot read {journal.folder}: it is no folder"


@pytest.fixture
def open_journal() -> Iterator[Journal]:
    """Where nobody may look."""
    folder = Path("/tmp") / f"journal-{os.getpid()}"
    try:
        yield Journal(folder)
    finally:
        shutil.rmtree(folder)


def test_a_journal_that_is_not_for_us_is_said(open_journal: Journal) -> None:
    open_journal.write("one", file="user-1000")
    open_journal.write("two")
    (open_journal.folder / "system.journal").chmod(0)

    partly = read_as_nobody(Watch(open_journal))
    (open_journal.folder / "user-1000.journal").chmod(0)
    nothing = read_as_nobody(Watch(open_journal))

    assert (partly.error, partly.stdout.text) == (None, f"{AT} one\n")
    (notice,) = partly.notices
    assert notice.startswith("only messages of the user who reads are seen; to see all, make it ")
    assert nothing.error == (
        "the journal may not be read; make the user who reads a member of the group systemd-journal"
    )


def read_as_nobody(watch: Watch) -> CommandResult:
    """In a process of its own: a shell takes back the rights that only this one has laid down."""
    if os.geteuid() != 0:
        return watch.read()
    ours, theirs = multiprocessing.get_context("fork").Pipe()

    def read() -> None:
        os.environ["HOME"] = "/"
        os.chdir("/")
        os.setresuid(NOBODY, NOBODY, NOBODY)
        theirs.send(watch.read())

    process = multiprocessing.get_context("fork").Process(target=read)
    process.start()
    process.join(30)
    return ours.recv()


def test_a_machine_without_journalctl_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    result = READERS["journald"](Host("local"), InputSpec("A", "journald"), LIMITS)

    assert result.error == (
        "there is no journalctl on this machine; read a file instead, such as /var/log/syslog"
    )


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a journalctl was asked for that is made up, as no real one is slow when it is asked to.

    It says nothing on what is before the position for as long as SLOW has it, nor on all else.
    """
    asked = tmp_path / "asked"
    script = tmp_path / "bin" / "journalctl"
    script.parent.mkdir()
    script.write_text(
        f"#!/bin/sh\ncase $* in *--lines=0*) exit;; esac\necho $* >>{asked}\n"
        'case $* in *--reverse*) exec sleep 100;; esac\nexec sleep "$SLOW"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return asked


def read_slowly(seconds: float, of: float) -> CommandResult:
    spec = InputSpec("A", "journald", position={"cursor": "s=1"})
    limits = replace(LIMITS, timeout_seconds=of, passed_env={"SLOW": f"{seconds}"})
    return READERS["journald"](Host("local"), spec, limits)


def test_where_what_is_new_is_late_nothing_else_is_asked_for(asked: Path) -> None:
    result = read_slowly(100, of=0.3)

    assert (result.error or "").startswith("timed out after 0.3 s")
    assert result.position is None
    (question,) = asked.read_text().splitlines()
    assert "--reverse" not in question


def test_all_that_is_asked_for_shares_one_time_out(asked: Path) -> None:
    result = read_slowly(1.5, of=2)

    assert len(asked.read_text().splitlines()) == 2
    assert (result.error or "").startswith("timed out after 0.")


@pytest.mark.parametrize("unit", ["", "a b", "$(reboot)", "x;y", "a\nb"])
def test_a_unit_whose_name_none_has_is_refused(unit: str) -> None:
    with pytest.raises(ValidationError):
        JournaldConfig(units=[unit])


def test_no_value_is_taken_for_an_option(journal: Journal, tmp_path: Path) -> None:
    journal.write("one")
    touched = tmp_path / "touched"

    watch = Watch(journal, identifiers=[f"x; touch {touched}", "--vacuum-size=1"], units=["--all"])

    assert watch.run() == ([], [])
    assert not touched.exists()
    assert list(journal.folder.iterdir())


def test_its_place_is_what_is_read_in_short() -> None:
    web = JournaldConfig(units=["web.service"], identifiers=["nginx"]).model_dump()

    assert KIND.place(web) == "web.service, nginx"
    assert KIND.place(JournaldConfig().model_dump()) == "the whole journal"
