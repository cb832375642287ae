"""What containers print, from one Run to the next; a real engine where none is named as made up."""

import json
import secrets
import socket
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from docker.types import LogConfig
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.docker_engine import VERSION, Answer, engine_at, says
from webapp.pipeline.sources import READERS
from webapp.pipeline.values import CommandResult, GatherLimits, Host, InputSpec, Tail

LOCAL = Host("local")
LIMITS = GatherLimits(max_workers=1, timeout_seconds=20, keep_bytes=100_000)
ONCE = "test -e /tmp/again && echo second && exit; mkdir -p /tmp; : >/tmp/again; echo first"


def read(
    asked: str, after: CommandResult | None = None, host: Host = LOCAL, **config: Any
) -> CommandResult:
    """As a Run does that comes after another one, which was judged."""
    spec = InputSpec("A", "docker_logs", config={"container_name": asked, **config})
    position = json.loads(json.dumps(after.position)) if after else None
    return READERS["docker_logs"](host, replace(spec, position=position), LIMITS)


def old_and_new(tail: Tail) -> tuple[list[str], list[str]]:
    lines = tail.text.splitlines()
    return lines[: tail.context_lines], lines[tail.context_lines :]


def unique() -> str:
    return f"ai-log-monitor-{secrets.token_hex(4)}"


def test_lines_of_an_earlier_run_are_context(printed_by: Any) -> None:
    container = printed_by("echo only")

    first = read(container.name)
    second = read(container.name, first)

    assert old_and_new(first.stdout) == ([], ["only"])
    assert old_and_new(second.stdout) == (["only"], [])
    assert second.notices == ()


@pytest.mark.parametrize("tty", [False, True])
def test_a_container_that_was_started_again_goes_on(printed_by: Any, tty: bool) -> None:
    container = printed_by(ONCE, tty=tty)
    first = read(container.name)
    container.start()
    container.wait(timeout=30)

    second = read(container.name, first)

    assert old_and_new(second.stdout) == (["first"], ["second"])
    (notice,) = second.notices
    assert notice.startswith(f"the container {container.name} was started again at ")


def test_a_container_that_was_made_anew_is_followed(printed_by: Any) -> None:
    name = unique()
    old = printed_by("echo old", name=name)
    first = read(name)
    old.remove()
    printed_by("echo new", name=name)

    second = read(name, first)

    assert (second.error, old_and_new(second.stdout)) == (None, ([], ["new"]))
    (notice,) = second.notices
    assert notice.startswith(f"the container {name} was made anew at ")
    assert notice.endswith("; what the old one printed after the last Run went with it")


def test_the_rest_of_the_old_container_is_read_while_it_exists(printed_by: Any) -> None:
    name = unique()
    old = printed_by(ONCE, name=name)
    first = read(name)
    old.start()
    old.wait(timeout=30)
    old.rename(f"{name}-old")
    printed_by("echo new", name=name)

    second = read(name, first)

    assert old_and_new(second.stdout) == ([], ["second", "new"])


def test_containers_with_a_label_are_merged_by_time(printed_by: Any) -> None:
    role, one, two = unique(), unique(), unique()
    first = printed_by("echo 1", name=one, labels={"com.example.role": role})
    printed_by("echo 2", name=two, labels={"com.example.role": role})
    printed_by("echo other", labels={"com.example.role": "other"})
    first.start()
    first.wait(timeout=30)

    result = read(f"com.example.role={role}")

    assert result.error is None
    assert result.stdout.text.splitlines() == [f"{one} | 1", f"{two} | 2", f"{one} | 1"]


def test_a_container_that_joins_is_new_and_one_that_went_is_said(printed_by: Any) -> None:
    role, gone = unique(), unique()
    one = printed_by("echo one", name=gone, labels={"role": role})
    first = read(f"role={role}")
    one.remove()
    printed_by("echo two", labels={"role": role})

    second = read(f"role={role}", first)

    assert old_and_new(second.stdout) == ([], ["two"])
    assert second.notices == (f"{gone} is gone, and what it printed after the last Run with it",)


def test_one_that_is_not_among_the_newest_for_a_while_goes_on_where_it_was(
    printed_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Twenty containers more would take a minute, and show no more than one.
    monkeypatch.setattr("webapp.pipeline.sources.docker_logs.read.MOST_CONTAINERS", 1)
    role, older = unique(), unique()
    container = printed_by(ONCE, name=older, labels={"role": role})
    first = read(f"role={role}")
    newer = printed_by("echo newer", labels={"role": role})
    second = read(f"role={role}", first)
    newer.remove()
    container.start()
    container.wait(timeout=30)

    third = read(f"role={role}", second)

    assert old_and_new(third.stdout) == (["first"], ["second"])


def test_a_service_of_compose_is_found_by_its_labels(printed_by: Any) -> None:
    project = unique()
    labels = {"com.docker.compose.project": project, "com.docker.compose.service": "web"}
    printed_by("echo served", labels=labels)

    assert read(f"{project}/web").stdout.text == "served\n"
    assert read(f"{project}/db").error == (
        f"no container on unix:///var/run/docker.sock has the project and service {project}/db "
        "of Compose"
    )


def test_the_times_of_the_engine_are_shown_where_asked_for(printed_by: Any) -> None:
    container = printed_by("echo out")

    (line,) = read(container.name, timestamps=True).stdout.text.splitlines()

    moment, _, text = line.partition(" ")
    assert (len(moment), moment[-1], text) == (30, "Z", "out")


def test_what_the_driver_dropped_by_its_size_is_said(printed_by: Any) -> None:
    script = "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done"
    bounded = LogConfig(type="json-file", config={"max-size": "20k"})
    container = printed_by(script, log_config=bounded)
    first = read(container.name)
    container.start()
    container.wait(timeout=30)

    second = read(container.name, first)

    assert second.stdout.context_lines == 0
    assert second.stdout.text.endswith("line 3000\n")
    assert any(f"lines of {container.name} after " in notice for notice in second.notices)


def test_a_driver_that_keeps_nothing_is_said(printed_by: Any) -> None:
    container = printed_by("echo lost", log_config=LogConfig(type="none"))

    assert read(container.name).error == (
        f"{container.name} keeps no output: its log driver is none"
    )


def test_new_lines_that_are_more_than_are_read_are_said(printed_by: Any) -> None:
    container = printed_by("for i in 1 2 3 4 5; do echo line $i; done")
    first = read(container.name)
    container.start()
    container.wait(timeout=30)

    second = read(container.name, first, tail=2)

    assert old_and_new(second.stdout) == ([], ["line 4", "line 5"])
    assert f"more lines of {container.name} are new than are read; the last of them were" in (
        second.notices
    )


def test_a_line_longer_than_a_piece_is_one(printed_by: Any) -> None:
    container = printed_by(
        "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); printf x; done; echo; echo y"
    )

    assert read(container.name).stdout.text == "x" * 20_000 + "\ny\n"


def test_a_line_without_an_end_yet_waits_for_it() -> None:
    """A terminal's output comes as it is printed; what has no end may go on at the next Run."""
    begun = "2026-01-31T09:00:01.000000000Z whole\n2026-01-31T09:00:02.000000000Z half"

    first = of_log([begun])
    second = of_log([begun, " and half\n"], first)

    assert old_and_new(first.stdout) == ([], ["whole"])
    assert old_and_new(second.stdout) == (["whole"], ["half and half"])


@pytest.mark.parametrize(("config", "asked"), [({"since_seconds": 600}, 1), ({"tail": 1}, 2)])
def test_a_line_with_an_earlier_time_than_the_last_of_before_is_new(
    config: dict[str, int], asked: int
) -> None:
    """stdout and stderr may be written in another order than that of their times."""
    read_before = ["2026-01-31T09:00:01.000000000Z one\n", "2026-01-31T09:00:02.000000000Z two\n"]
    came = ["2026-01-31T09:00:01.900000000Z three\n", "2026-01-31T09:00:02.100000000Z four\n"]

    first = of_log(read_before)
    second = of_log([*read_before, *came], first, asked, **config)

    new = old_and_new(second.stdout)[1]
    more = "more lines of web are new than are read; the last of them were"
    assert (new, second.notices) in ((["three", "four"], ()), (["four"], (more,)))


@settings(max_examples=30, deadline=None)
@given(
    seconds=st.lists(st.integers(0, 3), min_size=1, max_size=12).map(sorted),
    seen=st.integers(0, 12),
    data=st.data(),
)
def test_equal_lines_at_equal_times_are_neither_doubled_nor_skipped(
    seconds: list[int], seen: int, data: st.DataObject
) -> None:
    """By an engine that is made up, as no real one gives equal times when it is asked to."""
    log = [f"2026-01-31T09:00:0{second}.000000000Z same\n" for second in seconds]
    until = data.draw(st.integers(min(seen, len(log)), len(log)))

    first = of_log(log[:seen])
    second = of_log(log[:until], first)
    third = of_log(log, second)

    told = [len(old_and_new(result.stdout)[1]) for result in (first, second, third)]
    assert sum(told) == len(log)
    assert [result.notices for result in (first, second, third)] == [(), (), ()]


def of_log(
    lines: list[str], after: CommandResult | None = None, asked: int = 1, **config: Any
) -> CommandResult:
    """Of an engine whose log is `asked` for so often."""
    container = {
        "Id": "abc",
        "Name": "/web",
        "Config": {"Tty": True},
        "State": {"StartedAt": "2026-01-31T08:00:00Z", "Running": True},
    }
    told = map(says, (VERSION, json.dumps(container).encode()))
    with engine_at(*told, *[prints(lines)] * asked) as url:
        return read("web", after, Host("docker_host", url), **config)


def prints(lines: list[str]) -> Answer:
    """A log in the order in which it was written: of what is young enough the last so many."""

    def answer(peer: socket.socket, asked: bytes) -> None:
        query = parse_qs(urlsplit(asked.split(b" ")[1].decode()).query)
        since = float(query.get("since", ["0"])[0])
        young = [line for line in lines if not since or _moment(line) >= since]
        most = query["tail"][0]
        kept = young if most == "all" else young[-int(most) :]
        says("".join(kept).encode())(peer, asked)

    return answer


def _moment(line: str) -> float:
    return datetime.fromisoformat(f"{line[:26]}Z").timestamp()
