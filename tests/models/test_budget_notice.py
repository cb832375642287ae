from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from tests.conftest import BOTH_DATABASES
from tests.rows import NOW
from tests.together import together
from webapp.caps import SERVICE, Cap
from webapp.extensions import writing
from webapp.models import BudgetNotice, LlmUsage
from webapp.models.budget_notice import Passed

TODAY = NOW.date()
CAP = Cap(7, "tokens_per_day", 1000)
NEARLY = (
    "This Monitor's budget of 1,000 tokens a day is used to 84 %: 846 tokens are taken. "
    "It begins anew on 2026-02-01 at 00:00 UTC."
)
USED_UP = (
    "The service's budget of $20.00 a month is used up: $20.50 are taken. Until 2026-02-01 at "
    "00:00 UTC, the built-in reading judges."
)


def take(tokens: int, days: int = 0) -> None:
    call = {"model": "openai:a", "input_tokens": tokens, "output_tokens": 0, "cost_usd": None}
    with writing():
        LlmUsage.add(7, TODAY + timedelta(days=days), [call])


def passed(days: int = 0, refused: Cap | None = None) -> list[int]:
    """The marks that are told now."""
    with writing():
        told = BudgetNotice.pass_marks([CAP], TODAY + timedelta(days=days), NOW, refused)
    return [mark.percent for mark in told]


@BOTH_DATABASES
def test_each_mark_is_told_once_in_a_period(app: Flask) -> None:
    told = []
    for tokens in (799, 1, 100, 100, 50):
        take(tokens)
        told.append(passed())
    take(900, days=1)

    assert told == [[], [80], [], [100], []]
    assert passed(days=1) == [80]


def test_a_budget_that_is_changed_is_another_one(app: Flask) -> None:
    take(1000)
    told = passed()
    with writing():
        again = BudgetNotice.pass_marks([replace(CAP, limit=1200)], TODAY, NOW)

    assert (told, [mark.percent for mark in again]) == ([100], [80])


def test_of_two_marks_at_once_the_graver_is_told(app: Flask) -> None:
    take(5000)

    assert (passed(), passed()) == ([100], [])


def test_a_cap_that_leaves_no_room_for_a_call_is_used_up(app: Flask) -> None:
    take(850)

    assert (passed(), passed(refused=CAP), passed()) == ([80], [100], [])


@BOTH_DATABASES
def test_many_at_once_tell_a_mark_once(app: Flask) -> None:
    take(1000)

    told = together(app, passed, 6)

    assert sorted(told) == [[]] * 5 + [[100]]


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        (Passed(CAP, TODAY, 80, 846), NEARLY),
        (Passed(Cap(SERVICE, "usd_per_month", 20, "builtin"), TODAY, 100, 20.5), USED_UP),
    ],
    ids=["80", "100"],
)
def test_a_notice_says_how_much_is_taken_and_what_happens(mark: Passed, sentence: str) -> None:
    assert mark.sentence == sentence
