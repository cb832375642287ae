"""A value that is a little old rather than late."""

import threading
import time

import pytest

from tests.waiting import until
from webapp.recent import Recent


def test_it_is_read_once_while_it_is_fresh() -> None:
    read = iter(range(9))
    recent = Recent(60, lambda: next(read))

    assert [recent.get() for _ in range(3)] == [0, 0, 0]


def test_one_caller_reads_it_anew_and_meanwhile_the_others_get_the_old_one() -> None:
    reads, may_end = threading.Event(), threading.Event()
    read = iter([lambda: "old", lambda: reads.set() or (may_end.wait(30) and "new")])
    recent = Recent(0.3, lambda: next(read)())
    given: list[object] = []

    recent.get()
    older = time.monotonic() + 0.31
    until(lambda: time.monotonic() > older)
    reader = threading.Thread(target=lambda: given.append(recent.get()))
    reader.start()
    reads.wait(30)
    meanwhile = recent.get()
    may_end.set()
    reader.join(30)

    assert (meanwhile, given, recent.get()) == ("old", ["new"], "new")


def test_one_that_is_much_too_old_is_waited_for() -> None:
    read = iter(range(9))
    recent = Recent(0.0, lambda: next(read))

    assert [recent.get(), recent.get()] == [0, 1]


def test_what_fails_is_told_and_not_kept() -> None:
    answers = iter([OSError("away"), "well"])

    def read() -> object:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    recent = Recent(60, read)

    with pytest.raises(OSError, match="away"):
        recent.get()
    assert recent.get() == "well"
