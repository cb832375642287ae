import threading

import pytest
from flask import Flask, current_app

from tests.waiting import until
from webapp.probe import Probe


def test_a_question_is_answered_within_the_app(app: Flask) -> None:
    assert Probe[str](app).ask(lambda: current_app.name, 5) == "webapp"


def test_who_asks_gets_what_the_question_raises(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError):
        Probe[float](app).ask(lambda: 1 / 0, 5)


def test_while_one_question_hangs_no_other_is_asked(app: Flask) -> None:
    probe, go, asked = Probe[bool](app), threading.Event(), []

    def hangs() -> bool:
        asked.append("once")
        return go.wait()

    for _ in range(3):
        with pytest.raises(TimeoutError):
            probe.ask(hangs, 0.05)
    go.set()
    until(lambda: probe.ask(lambda: False, 5) is False)

    assert asked == ["once"]
