"""Files are followed: no line is judged twice and none is skipped, whatever rotates them."""

import gzip
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.conftest import as_nobody
from tests.pipeline.logs import (
    Named,
    Watch,
    Written,
    before_extension,
    behind,
    busybox,
    gzip_file,
    rotate,
    write,
)
from tests.ssh_server import SshServer
from webapp.pipeline.sources.file.files import Beside
from webapp.pipeline.sources.file.here import Here
from webapp.pipeline.sources.file.read import read_there
from webapp.pipeline.values import GatherLimits, LogPaths

pytestmark = pytest.mark.takes(seconds=90)

Watching = Callable[..., Watch]


@pytest.fixture(params=["here", "over ssh", "with busybox"])
def watching(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Watching:
    """Files of this machine, and the same ones as those of another machine."""
    if request.param == "here":
        return Watch
    if request.param == "over ssh":
        return partial(Watch, host=request.getfixturevalue("sshd").host)
    request.getfixturevalue("monkeypatch").setenv("PATH", busybox(tmp_path_factory.mktemp("bin")))
    return partial(Watch, reader=read_there)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    write(path, "one", "two")
    return path


def test_at_the_first_run_all_is_new(watching: Watching, log: Path) -> None:
    assert watching(log).run() == ([], ["one", "two"])


def test_then_only_what_came_since_with_what_is_before_it_as_context(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    write(log, "three")

    assert watch.run() == (["one", "two"], ["three"])
    assert watch.run() == (["one", "two", "three"], [])


def test_equal_lines_of_the_same_second_are_told_apart(watching: Watching, log: Path) -> None:
    watch = watching(log)
    watch.run()
    write(log, "two", "two")

    assert watch.run() == (["one", "two"], ["two", "two"])
    write(log, "two")
    assert watch.new() == ["two"]


def test_a_line_that_is_half_written_belongs_to_the_next_run(watching: Watching, log: Path) -> None:
    watch = watching(log)
    watch.run()
    with log.open("a") as file:
        file.write("thr")
    assert watch.new() == []
    with log.open("a") as file:
        file.write("ee\n")

    assert watch.new() == ["three"]


def test_a_last_line_that_stays_without_an_end_is_read_after_all_and_once(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    with log.open("a") as file:
        file.write("the end")

    assert [watch.new() for _ in range(3)] == [[], ["the end"], []]
    write(log, " was none")
    assert watch.new() == ["the end was none"]


def test_at_the_first_run_nothing_is_held_back(watching: Watching, log: Path) -> None:
    log.write_text("no end")
    watch = watching(log)

    assert [watch.new(), watch.new()] == [["no end"], []]


def test_of_more_that_is_new_than_there_is_room_for_the_newest_is_read(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    write(log, *(f"line {i:04}" for i in range(1000)))

    result = watch.read()

    assert result.stdout.text.splitlines()[0] == "line 0901"
    assert result.stdout.context_lines == 0
    assert result.stdout.total_bytes == 10_008
    assert result.stdout.lost_bytes == 10_008 - len(result.stdout.text)
    assert result.notices == (f"of 10,000 bytes that are new in {log}, the last 990 were read",)
    assert watch.new() == []


def test_a_file_that_was_renamed_is_read_to_its_end_and_then_the_new_one(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    write(log, "three")
    log.rename(log.with_name("app.log.1"))
    write(log, "four")

    result = watch.read()

    assert result.stdout.text == "one\ntwo\nthree\nfour\n"
    assert result.stdout.context_lines == 2
    assert result.notices == (f"{log} was rotated since; its earlier lines are in {log}.1",)
    assert watch.new() == []


@pytest.mark.parametrize("name", ["app.log.1", "app.log-20260131", "app-2026-01-31.log", "mine"])
def test_by_whatever_name(watching: Watching, log: Path, name: str) -> None:
    watch = watching(log)
    watch.run()
    write(log, "three")
    log.rename(log.with_name(name))
    write(log, "four")

    assert watch.new() == ["three", "four"]


def test_what_was_rotated_more_than_once_since_is_read_in_order(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    for line in ("three", "four", "five"):
        write(log, line)
        rotate(log)
    write(log, "six")

    assert watch.new() == ["three", "four", "five", "six"]


def test_a_rotated_file_that_was_packed_is_unpacked(watching: Watching, log: Path) -> None:
    watch = watching(log)
    watch.run()
    write(log, "three")
    rotate(log, pack=True)
    write(log, "four")
    rotate(log, pack=True)
    write(log, "five")

    result = watch.read()

    assert result.stdout.text.splitlines() == ["one", "two", "three", "four", "five"]
    assert result.stdout.context_lines == 2
    assert result.notices == (f"{log} was rotated since; its earlier lines are in {log}.2.gz",)


def test_while_a_file_is_being_packed_it_is_read_once(watching: Watching, log: Path) -> None:
    watch = watching(log)
    watch.run()
    write(log, "three")
    rotate(log)
    Path(f"{log}.1.gz").write_bytes(gzip.compress(b"one\ntwo\nthree\n")[:20])

    assert watch.new() == ["three"]


def test_a_file_that_was_copied_and_emptied_is_read_on_in_the_copy(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    write(log, "three")
    shutil.copy2(log, f"{log}.1")
    os.truncate(log, 0)
    write(log, "four")

    result = watch.read()

    assert result.stdout.text == "one\ntwo\nthree\nfour\n"
    assert result.stdout.context_lines == 2
    assert result.notices == (f"{log} was rotated since; its earlier lines are in {log}.1",)


def test_a_file_that_was_emptied_and_grew_past_where_it_was_is_read_anew(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    os.truncate(log, 0)
    write(log, "another one", "another two")

    result = watch.read()

    assert result.stdout.text == "another one\nanother two\n"
    assert result.stdout.context_lines == 0
    assert result.notices == (
        f"{log} was emptied or replaced since; lines that came before may be missing",
    )


def test_a_file_that_was_replaced_is_read_from_its_start(watching: Watching, log: Path) -> None:
    watch = watching(log)
    watch.run()
    log.unlink()
    write(log, "three")

    result = watch.read()

    assert result.stdout.text == "three\n"
    assert len(result.notices) == 1
    assert "lines that came before may be missing" in result.notices[0]


def test_a_file_that_an_editor_saved_is_the_same_file(watching: Watching, log: Path) -> None:
    watch = watching(log)
    watch.run()
    shutil.copy(log, log.with_name("new"))
    log.with_name("new").rename(log)
    write(log, "three")

    assert watch.run() == (["one", "two"], ["three"])


def test_what_is_written_into_a_rotated_file_later_is_read_too(
    watching: Watching, log: Path
) -> None:
    watch = watching(log)
    watch.run()
    with log.open("a") as held:
        rotate(log)
        watch.run()
        held.write("late\n")
        held.flush()
        write(log, "early")

        assert watch.new() == ["late", "early"]
        held.write("later\n")
        held.flush()
        assert watch.new() == ["later"]


def test_a_link_that_leads_to_another_file_each_day_is_followed(
    watching: Watching, tmp_path: Path
) -> None:
    current = tmp_path / "current"
    write(tmp_path / "2026-01-30.log", "one")
    current.symlink_to("2026-01-30.log")
    watch = watching(current)
    watch.run()
    write(tmp_path / "2026-01-30.log", "two")
    write(tmp_path / "2026-01-31.log", "three")
    current.unlink()
    current.symlink_to("2026-01-31.log")

    assert watch.new() == ["two", "three"]


def test_where_a_file_is_short_the_window_goes_on_in_its_rotated_ones(
    watching: Watching, log: Path
) -> None:
    rotate(log, pack=True)
    write(log, "three")
    rotate(log)
    write(log, "four")
    watch = watching(log)

    assert watch.run() == ([], ["one", "two", "three", "four"])
    assert watch.run() == (["one", "two", "three", "four"], [])


def test_a_packed_file_can_be_read_by_its_own_name(watching: Watching, log: Path) -> None:
    gzip_file(log)

    assert watching(Path(f"{log}.gz")).new() == ["one", "two"]


def test_of_a_pattern_each_file_is_followed_under_its_name(
    watching: Watching, tmp_path: Path
) -> None:
    a, b = tmp_path / "a.log", tmp_path / "b.log"
    write(a, "a one")
    write(b, "b one")
    watch = watching(tmp_path / "*.log")

    assert watch.run() == ([], [f"==> {a} <==", "a one", f"==> {b} <==", "b one"])
    write(b, "b two")
    write(tmp_path / "c.log", "c one")
    assert watch.run() == (
        [f"==> {a} <==", "a one", f"==> {b} <==", "b one"],
        [f"==> {b} <==", "b two", f"==> {tmp_path}/c.log <==", "c one"],
    )


def test_no_name_of_a_file_makes_a_second_line(watching: Watching, tmp_path: Path) -> None:
    write(tmp_path / "a.log", "one")
    write(tmp_path / "b\n[ERRORS]\x1b[2J.log", "two")

    lines = watching(tmp_path / "*.log").new()

    assert lines == [
        f"==> {tmp_path}/a.log <==",
        "one",
        f"==> {tmp_path}/b [ERRORS].log <==",
        "two",
    ]


def test_of_a_pattern_rotated_files_belong_to_their_log(watching: Watching, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    write(log, "one")
    watch = watching(tmp_path / "*")
    watch.run()
    write(log, "two")
    rotate(log)
    write(log, "three")

    result = watch.read()

    assert result.stdout.text == "one\ntwo\nthree\n"
    assert result.stdout.context_lines == 1
    assert result.notices == (
        "not read by themselves, as rotated parts of other logs: access.log.1",
        f"{log} was rotated since; its earlier lines are in {log}.1",
    )
    for number in range(2, 9):
        write(Path(f"{log}.{number}"), "old")
    assert watch.read().notices == (
        "not read by themselves, as rotated parts of other logs: "
        + ", ".join(f"access.log.{number}" for number in range(1, 6))
        + " and 3 more",
    )


def test_the_rest_of_a_file_that_was_renamed_and_not_made_anew_is_read_once(
    watching: Watching, tmp_path: Path
) -> None:
    a, b = tmp_path / "a.log", tmp_path / "b.log"
    write(a, "a one")
    write(b, "b one")
    watch = watching(tmp_path / "*.log")
    watch.run()
    write(b, "the end")
    b.rename(f"{b}.1")

    result = watch.read()

    assert result.stdout.text.splitlines()[result.stdout.context_lines :] == [
        f"==> {b} <==",
        "the end",
    ]
    said = f"{b} was renamed since, and not made anew; its last lines are in {b}.1"
    assert result.notices == (said,)
    assert watch.run() == (["a one"], [])
    write(Path(f"{b}.1"), "late")
    assert watch.new() == [f"==> {b} <==", "late"]
    write(b, "anew")
    assert watch.new() == [f"==> {b} <==", "anew"]


@pytest.mark.parametrize("renamed", [True, False])
def test_a_file_that_went_with_its_last_lines_is_said_once(
    watching: Watching, tmp_path: Path, renamed: bool
) -> None:
    a, b = tmp_path / "a.log", tmp_path / "b.log"
    write(a, "a one")
    write(b, "b one")
    watch = watching(tmp_path / "*.log")
    watch.run()
    if renamed:
        b.rename(f"{b}.1")
        watch.run()
    Path(f"{b}.1" if renamed else b).unlink()

    gone = f"{b} is gone, and what was written into it after the last Run with it"
    assert watch.read().notices == (() if renamed else (gone,))
    assert watch.read().notices == ()


def test_a_file_that_got_another_name_within_the_pattern_is_not_read_anew(
    watching: Watching, tmp_path: Path
) -> None:
    write(tmp_path / "a.log", "one")
    watch = watching(tmp_path / "*.log")
    watch.run()
    (tmp_path / "a.log").rename(tmp_path / "b.log")
    write(tmp_path / "b.log", "two")
    write(tmp_path / "a.log", "three")

    assert watch.new() == [
        f"==> {tmp_path}/a.log <==",
        "three",
        f"==> {tmp_path}/b.log <==",
        "two",
    ]


def test_of_very_many_files_those_that_were_written_last_are_read(
    watching: Watching, tmp_path: Path
) -> None:
    for number in range(25):
        write(tmp_path / f"{number:02}x.log", f"{number}")
        os.utime(tmp_path / f"{number:02}x.log", (number, number))

    result = watching(tmp_path / "*.log").read()

    assert result.notices == ("25 files match; the 20 that were written last are read",)
    assert result.stdout.text.splitlines()[::2] == [
        f"==> {tmp_path}/{number:02}x.log <==" for number in range(5, 25)
    ]


def test_one_that_is_not_among_them_for_a_while_goes_on_where_it_was(
    watching: Watching, tmp_path: Path
) -> None:
    quiet = tmp_path / "quiet.log"
    write(quiet, "one")
    watch = watching(tmp_path / "*.log")
    watch.run()
    os.utime(quiet, (1, 1))
    for number in range(20):
        write(tmp_path / f"{number}x.log", "x")
    watch.run()
    write(quiet, "two")

    assert "two" in watch.new()
    assert "one" not in watch.new()


def test_a_busy_file_leaves_room_for_a_quiet_one(watching: Watching, tmp_path: Path) -> None:
    write(tmp_path / "busy.log", *("x" * 99 for _ in range(100)))
    write(tmp_path / "quiet.log", "one")

    text = watching(tmp_path / "*.log").read().stdout.text

    assert text.endswith(f"==> {tmp_path}/quiet.log <==\none\n")
    assert text.count("x" * 99) == 9


def test_a_pattern_that_nothing_matches_is_said(watching: Watching, tmp_path: Path) -> None:
    assert watching(tmp_path / "*.log").read().error == f"no file matches {tmp_path}/*.log"


def test_a_file_of_several_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    allowed = tmp_path / "logs"
    allowed.mkdir()
    write(allowed / "a.log", "one")
    write(tmp_path / "secret", "x")
    (allowed / "b.log").symlink_to(tmp_path / "secret")
    limits = GatherLimits(1, 20, 1000, log_paths=LogPaths(only=(str(allowed),)))

    result = Watch(allowed / "*.log", limits).read()

    assert result.stdout.text == "one\n"
    (notice,) = result.notices
    assert notice.startswith(f"cannot read {allowed}/b.log: it leads to {tmp_path}/secret, which ")


STEPS = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 5)),
    st.tuples(st.sampled_from(["half", "rotate", "pack", "copy", "run", "run", "run"]), st.none()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_over_any_rotations_no_line_is_read_twice_and_none_is_skipped(
    steps: list[tuple[str, Any]],
) -> None:
    follow(steps, Watch)


@settings(max_examples=10, deadline=None)
@given(steps=st.lists(STEPS, max_size=20))
def test_nor_over_ssh(sshd: SshServer, steps: list[tuple[str, Any]]) -> None:
    follow(steps, partial(Watch, host=sshd.host))


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, max_size=30))
def test_nor_of_a_pattern_by_names_that_another_log_could_have(
    steps: list[tuple[str, Any]],
) -> None:
    follow(steps, Watch, pattern="app*.log", named=before_extension)


def follow(
    steps: list[tuple[str, Any]],
    watching: Watching,
    *,
    pattern: str = "app.log",
    named: Named = behind,
) -> None:
    with TemporaryDirectory() as folder:
        log = Path(folder, "app.log")
        log.touch()
        written = Written(log, named=named)
        watch = watching(Path(folder, pattern), GatherLimits(1, 20, 100_000))
        read = watch.new()
        for step, amount in [*steps, ("end", None), ("run", None)]:
            if step == "run":
                read += watch.new()
            else:
                written.do(step, amount)

        # A line that stayed without its end is read as it was, and whole once it has its end.
        assert [line for line in read if not line.endswith(Written.HALF)] == written.lines


def test_a_rotated_file_that_is_packed_as_it_is_looked_for_is_found(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(log)
    watch.run()
    write(log, "three")
    rotate(log)
    write(log, "four")
    beside = Here.beside

    def then_packed(self: Here, path: str) -> Beside:
        found = beside(self, path)
        if Path(f"{log}.1").exists():
            gzip_file(Path(f"{log}.1"))
        return found

    monkeypatch.setattr(Here, "beside", then_packed)

    assert watch.new() == ["three", "four"]


def test_logs_that_are_told_apart_by_a_number_are_all_read(
    watching: Watching, tmp_path: Path
) -> None:
    logs = [tmp_path / name for name in ("worker-1.log", "worker-2.log", "worker.log")]
    for log in logs:
        write(log, f"{log.stem} one")
    watch = watching(tmp_path / "worker*.log")

    first = watch.read()
    write(logs[0], "FATAL")
    write(logs[2], "goes on")
    second = watch.read()

    assert first.stdout.text.splitlines()[1::2] == [f"{log.stem} one" for log in logs]
    new = second.stdout.text.splitlines()[second.stdout.context_lines :]
    assert new == [f"==> {logs[0]} <==", "FATAL", f"==> {logs[2]} <==", "goes on"]
    assert (first.notices, second.notices) == ((), ())


def test_one_that_looks_rotated_is_said_and_read_once_it_is_written(
    watching: Watching, tmp_path: Path
) -> None:
    log, other = tmp_path / "worker.log", tmp_path / "worker-1.log"
    write(log, "one")
    write(other, "of long ago")
    os.utime(other, (1, 1))
    watch = watching(tmp_path / "worker*.log")

    first, second = watch.read(), watch.read()
    write(log, "two")
    write(other, "FATAL")
    third = watch.read()

    said = "not read by themselves, as rotated parts of other logs: worker-1.log"
    assert [result.notices for result in (first, second, third)] == [(said,), (said,), ()]
    assert "FATAL\n" in third.stdout.text
    write(other, "FATAL again")
    write(log, "three")
    assert watch.new() == [f"==> {other} <==", "FATAL again", f"==> {log} <==", "three"]


def test_what_a_program_writes_into_a_rotated_file_later_is_read_once(
    watching: Watching, tmp_path: Path
) -> None:
    log = tmp_path / "app.log"
    write(log, "one")
    watch = watching(tmp_path / "app*.log")
    watch.run()
    with log.open("a") as held:
        rotate(log, named=before_extension)
        watch.run()
        held.write("late\n")
        held.flush()
        write(log, "early")

        assert [watch.new(), watch.new()] == [["late", "early"], []]


def test_a_rotated_file_that_is_not_for_us_is_said(tmp_path: Path) -> None:
    folder = Path("/tmp") / f"rotated-{os.getpid()}"  # nobody may not look into tmp_path
    folder.mkdir()
    try:
        log = folder / "app.log"
        write(log, "one")
        with as_nobody():
            watch = Watch(log)
            watch.run()
        write(log, "two")
        rotate(log)
        write(log, "three")
        Path(f"{log}.1").chmod(0)

        with as_nobody():
            result = watch.read()
    finally:
        shutil.rmtree(folder)

    assert result.stdout.text == "three\n"
    assert result.notices == (
        f"{log} was emptied or replaced since; lines that came before may be missing",
    )
