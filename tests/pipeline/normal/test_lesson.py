"""What is learned later is what would have been learned at once."""

import json
from typing import Any

from tests.pipeline.normal.made_up import window
from webapp.pipeline.normal import Lesson, Normal, compare, count, learn

LONG, SHORT = window(1, 300), window(2, 50)


def kept(lines: list[str], normal: Normal) -> Lesson:
    """As it comes back from the database."""
    lesson = Lesson.of(compare(count(lines), normal), lines)
    return Lesson.from_json(json.loads(json.dumps(lesson.to_json())))


def taught(*windows: list[str]) -> Normal:
    normal = Normal()
    for lines in windows:
        learn(compare(count(lines), normal), lines)
    return normal


def without_strengths(normal: Normal) -> dict[str, Any]:
    return {name: value for name, value in normal.to_json().items() if name != "held_out"}


def test_a_window_teaches_what_it_would_have_taught_at_once() -> None:
    later = taught(LONG)

    kept(SHORT, later).teach(later)

    assert without_strengths(later) == without_strengths(taught(LONG, SHORT))


def test_how_strong_its_signs_were_raises_no_bar_for_others() -> None:
    later = taught(LONG)
    bar = later.held_out

    kept([*SHORT, "10:00:00 ERROR ledger and journal disagree"], later).teach(later)

    assert later.held_out == bar
    other = compare(count([*SHORT, "10:00:00 ERROR turbine seven overheats"]), later)
    assert [sign.severity for sign in other.alarms] == ["alert"]


def test_a_first_window_is_many_as_long_as_it_is_the_first() -> None:
    calm = [line for line in LONG if "ERROR" not in line and "WARN" not in line]
    lesson, first, later = kept(calm, Normal()), Normal(), taught(SHORT)

    lesson.teach(first)
    lesson.teach(later)

    assert without_strengths(first) == without_strengths(taught(calm))
    assert without_strengths(later) == without_strengths(taught(SHORT, calm))
    assert (first.windows, later.windows) == (10, 2)


def test_it_keeps_no_more_kinds_than_a_history_does_and_no_text() -> None:
    lines = [f"kind {letters(number)} of them all" for number in range(1200)]
    lines += lines[-1:] * 2

    lesson = kept(lines, taught(SHORT)).whole

    assert len(lesson.kinds) == 1000
    assert lesson.events == 1202
    assert (lesson.kinds[lines[-1]].count, lesson.kinds[lines[-1]].text) == (3, "")


def letters(number: int) -> str:
    return "".join(chr(ord("a") + digit % 26) for digit in (number // 676, number // 26, number))
