"""Patterns that the operator adds to what is known to be secret."""

import time
from pathlib import Path

import pytest

from webapp.config import BadSettings, Settings
from webapp.pipeline.redact import OwnPatterns, patterns_in, redact
from webapp.pipeline.steps import redactor_of

FILE = r"""
# What we call secret here.
ticket = TCK-\d{6}
customer = (?i)customer=(?P<secret>\S+)
"""


@pytest.fixture
def own() -> OwnPatterns:
    return OwnPatterns(patterns_in(FILE))


def test_what_a_pattern_matches_is_named_after_it(own: OwnPatterns) -> None:
    redacted = redact("ü TCK-123456, TCK-654321 and TCK-123456", own=own)

    assert redacted.text == "ü [REDACTED:ticket:1], [REDACTED:ticket:2] and [REDACTED:ticket:1]"
    assert redacted.counts == {"ticket": 3}


def test_of_a_pattern_with_a_group_secret_only_that_is_cut(own: OwnPatterns) -> None:
    assert redact("Customer=Jürgen", own=own).text == "Customer=[REDACTED:customer:1]"


def test_a_pattern_sees_lines_by_themselves_and_joins_none() -> None:
    own = OwnPatterns(patterns_in(r"all = ^a[^x]*$"))

    assert redact("ab\nac\nb a", own=own).text == "[REDACTED:all:1]\n[REDACTED:all:2]\nb a"


def test_redacting_again_changes_nothing() -> None:
    own = OwnPatterns(patterns_in("word = \\w+\nnumber = \\d"))
    once = redact("password=hunter2 and 42", own=own)

    assert redact(once.text, own=own).text == once.text


def test_a_hostile_megabyte_takes_about_as_long_as_any_other() -> None:
    own = OwnPatterns(patterns_in("evil = (a+)+b"))
    started = time.perf_counter()

    redact("a" * 1_000_000, own=own)

    assert time.perf_counter() - started < 4  # 0.1 s on an idle machine


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ticket", "This must be name = pattern"),
        ("Ticket = x", "This must be name = pattern"),
        ("ticket = (", "This is no pattern: missing )"),
        ("ticket = (?<=x)y", "no look-around"),
        ("ticket = x*", "matches where nothing stands"),
        ("twice = a\ntwice = b", "twice is named twice"),
    ],
)
def test_a_bad_pattern_stops_the_start_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, problem: str
) -> None:
    file = tmp_path / "patterns"
    file.write_text(line)
    monkeypatch.setenv("REDACT_PATTERNS_FILE", str(file))

    with pytest.raises(BadSettings) as refusal:
        Settings.load()

    assert str(refusal.value).startswith("REDACT_PATTERNS_FILE: Line ")
    assert problem in str(refusal.value)


def test_runs_know_the_patterns_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "patterns"
    file.write_text(FILE)
    monkeypatch.setenv("REDACT_PATTERNS_FILE", str(file))

    redactor = redactor_of(Settings.load())

    assert redactor.redact("see TCK-123456").text == "see [REDACTED:ticket:1]"
