"""A value that is a little old rather than late."""

import threading
import time

import pytest
from flask import Flask

from tests.waiting import until
from webapp.recent import Recent


def test_it_is_read_once_while_it_is_fresh(app: Flask) -> None:
    read = iter(range(9))
    recent = Recent(app, 60, lambda: next(read))

    assert [recent.get() for _ in range(3)] == [0, 0, 0]


def test_an_older_one_is_given_while_a_new_one_is_read(app: Flask) -> None:
    may_end = threading.Event()
    read = iter([lambda: "old", lambda: may_end.wait(30) and "new"])
    recent = Recent(app, 0.3, lambda: next(read)())

    values = [recent.get()]
    older = time.monotonic() + 0.31
    until(lambda: time.monotonic() > older)
    values += [recent.get(), recent.get()]
    may_end.set()
    until(lambda: recent.get() == "new")

    assert values == ["old", "old", "old"]


def test_one_that_is_much_too_old_is_waited_for(app: Flask) -> None:
    read = iter(range(9))
    recent = Recent(app, 0.0, lambda: next(read))

    assert [recent.get(), recent.get()] == [0, 1]


def test_what_fails_is_told_and_not_kept(app: Flask) -> None:
    answers = iter([OSError("away"), "well"])

    def read() -> object:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    recent = Recent(app, 60, read)

    with pytest.raises(OSError, match="away"):
        recent.get()
    assert recent.get() == "well"
