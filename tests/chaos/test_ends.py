"""What the judge makes of processes that ended by themselves."""

import signal
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from tests.chaos.audit import State, Write
from tests.chaos.ends import lost_beside, unexplained
from tests.chaos.fleet import End
from tests.rows import NOW
from webapp.models import Run

KILLED = End("worker-2.1", -signal.SIGKILL, "worker began")
QUEUED = State(None, "queued", None, None, 0, None)


def taken(run_id: int, attempt: int, writer: str) -> Write:
    old = replace(QUEUED, attempt=attempt - 1)
    lease_until = NOW + timedelta(seconds=45)
    new = State(f"token-{attempt}", "running", None, None, attempt, lease_until)
    return Write(run_id, NOW, writer, old, new)


@pytest.mark.parametrize(
    "end",
    [
        End("worker-1.4", 1, "ERROR the leases cannot be kept up error=..."),
        End("worker-1.4", 0, "INFO worker ends pid=7 runs_under_way=0"),
        KILLED,
        End("valkey.3", -signal.SIGKILL, ""),
    ],
)
def test_who_had_a_reason_to_end_is_not_told_of(end: End) -> None:
    assert unexplained([end], {"worker": 1, "valkey": 1}) == []


@pytest.mark.parametrize(
    "end",
    [
        End("worker-1.4", 1, "Traceback"),
        End("scheduler-1.2", 0, "INFO worker ends"),
        End("web.1", -signal.SIGKILL, ""),
    ],
)
def test_who_ended_without_a_reason_is_told_of_with_its_last_words(end: End) -> None:
    (told,) = unexplained([end], {"worker": 1, "valkey": 1})

    assert told == f"{end.name} ended with {end.status}, and said: {end.last_words}"


def test_more_workers_that_were_killed_than_there_were_attempts_are_told_of() -> None:
    ends = [replace(KILLED, name=f"worker-2.{number}") for number in (1, 2, 3)]

    told = unexplained(ends, {"worker": 2})

    assert [sentence.split()[0] for sentence in told] == ["worker-2.3"]


@pytest.mark.parametrize(
    ("second", "lost"), [("worker-2.1", [4]), ("worker-3.1", [])], ids=["by another Run", "struck"]
)
def test_a_run_is_lost_beside_another_where_that_killed_both_of_its_workers(
    app: Flask, second: str, lost: list[int]
) -> None:
    ends = [KILLED, replace(KILLED, name="worker-1.1")]
    seen = [taken(4, 1, "worker-1.1"), taken(4, 2, second)]

    assert lost_beside([Run(id=4, error_kind="lost")], seen, ends) == lost
    assert lost_beside([Run(id=4, error_kind=None)], seen, ends) == []
