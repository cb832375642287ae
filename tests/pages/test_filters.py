from datetime import UTC, datetime, timedelta

import pytest

from webapp.pages import filters

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (-1, "now"),
        (-12, "12 s ago"),
        (-60, "1 min ago"),
        (-3599, "59 min ago"),
        (-7200, "2 h ago"),
        (-172_800, "2 d ago"),
        (30, "in 30 s"),
        (300, "in 5 min"),
    ],
)
def test_a_moment_is_told_from_now(seconds: int, words: str) -> None:
    assert filters.relative(NOW + timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1240, "1.2 s"),
        (59_000, "59 s"),
        (59_900, "1 min"),
        (125_000, "2 min 5 s"),
        (3_600_000, "1 h"),
        (3_780_000, "1 h 3 min"),
    ],
)
def test_a_duration_is_told_in_two_units_at_most(milliseconds: int, words: str) -> None:
    assert filters.duration(milliseconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(10, "10 s"), (90, "1 min 30 s"), (300, "5 min"), (3600, "1 h"), (86_400, "1 d")],
)
def test_an_interval_is_told_in_its_own_unit(seconds: int, words: str) -> None:
    assert filters.interval(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 B"),
        (820, "820 B"),
        (1000, "1.0 kB"),
        (148_213, "148 kB"),
        (999_600, "1.0 MB"),
        (1_000_000_000, "1.0 GB"),
        (3_400_000_000_000, "3.4 TB"),
    ],
)
def test_a_size_is_told_in_powers_of_1000(value: int, words: str) -> None:
    assert filters.size(value) == words


def test_a_count_agrees_with_its_noun() -> None:
    assert [filters.count(n, "line") for n in (0, 1, 1234)] == ["0 lines", "1 line", "1,234 lines"]


@pytest.mark.parametrize(("seconds", "told"), [(90, "in 1 min"), (0, "due"), (-300, "due")])
def test_what_is_planned_is_due_once_its_time_has_come(seconds: int, told: str) -> None:
    assert filters.coming(NOW + timedelta(seconds=seconds), NOW) == told
