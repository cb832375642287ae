"""A source of which nothing is known yet: what is taken for normal, and what never is."""

import json
from collections.abc import Sequence

from tests.pipeline.normal.made_up import LINES, window
from webapp.pipeline.normal import Normal, compare, count, learn

AT = "2026-11-22 10:00:30"
ONCE = f"{AT} ERROR ledger and journal disagree by 12 cents"
FULL = f"{AT} ERROR cannot store order: No space left on device"


def after(*windows: Sequence[str]) -> Normal:
    """Learned one after the other, each as a Run keeps it for the next."""
    normal = Normal()
    for lines in windows:
        learned = learn(compare(count(lines), normal), lines)
        normal = Normal.from_json(json.loads(json.dumps(learned.to_json())))
    return normal


def told(lines: Sequence[str], normal: Normal) -> list[str]:
    return [sign.says for sign in compare(count(lines), normal).alarms]


def test_errors_and_warnings_that_come_again_and_again_are_how_a_source_is() -> None:
    normal = after(*(window(seed) for seed in range(12)))

    alarming = [seed for seed in range(100, 150) if told(window(seed), normal)]

    assert normal.windows == 12
    assert len(alarming) <= 3


def test_an_error_that_came_once_is_told_when_it_comes_again() -> None:
    windows = [window(seed) for seed in range(12)]
    windows[3] = [*windows[3], ONCE]
    normal = after(*windows)

    assert any("a kind that none" in says for says in told([*window(100), ONCE], normal))


def test_an_error_like_one_in_another_window_is_believed() -> None:
    windows = [
        [*window(seed), f"{AT} ERROR mail to {name} bounced: mailbox unknown"]
        for seed, name in enumerate(["ann", "bob", "cem", "dana", "eve", "finn", "gil", "hal"])
    ]
    line = f"{AT} ERROR mail to ines bounced: mailbox unknown"

    assert told([*window(100), line], after(*windows)) == []


def test_what_is_fatal_in_itself_is_never_taken_for_normal() -> None:
    normal = after(*([*window(seed), FULL] for seed in range(8)))

    assert normal.failures == set()
    assert told([*window(100), FULL], normal) != []


def test_a_first_window_that_is_long_is_taken_in_parts_and_believed_alike() -> None:
    normal = after([*window(1, 10 * LINES), ONCE])

    assert normal.is_enough
    assert normal.doubted == []
    assert told(window(100), normal) == []
    assert told([*window(100), ONCE], normal) != []


def test_a_source_that_prints_nothing_but_errors_is_learned() -> None:
    lines = [f"{AT} ERROR login of user{number} refused: wrong password" for number in range(30)]

    normal = after(*(lines for _ in range(9)))

    assert normal.is_enough
    assert told(lines, normal) == []
