"""How much of what is secret is found, and how much of what is not is taken for it."""

import os
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pipeline.secrets import clean, hidden
from webapp.pipeline.redact import redact, redactor
from webapp.pipeline.redact.rules import RULES
from webapp.pipeline.tail import TailKeeper

# Beside the clone, or wherever they are kept. They are for research, and no part of the project,
# so that a machine without them skips the test, also in CI.
SAMPLES = Path(os.environ.get("LOG_SAMPLES", "../shared/logs"))
# So much of a secret is as good as all of it.
TOO_MUCH = 8
LEAST_RECALL, MOST_FALSE_HITS = 0.99, 0.001

CORPUS = list(hidden(Random(5), of_each=6))


def gives_away(text: str, secret: str) -> bool:
    pieces = range(max(1, len(secret) - TOO_MUCH + 1))
    return any(secret[start : start + TOO_MUCH] in text for start in pieces)


def test_secrets_of_every_kind_are_found_in_every_context() -> None:
    missed = [one for one in CORPUS if gives_away(redact(one.text).text, one.secret)]

    assert len(missed) <= (1 - LEAST_RECALL) * len(CORPUS), missed[:20]
    cells: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in CORPUS:
        cells[one.kind, one.context].append(one in missed)
    assert [cell for cell, lost in cells.items() if all(lost)] == []


def test_a_second_time_nothing_changes() -> None:
    once = [redact(one.text).text for one in CORPUS[::6]]

    assert [redact(text).text for text in once] == once


def test_a_secret_that_is_split_where_reading_began_leaves_no_rest() -> None:
    for one in CORPUS[:: max(1, len(CORPUS) // 300)]:
        keeper = TailKeeper(max(40, len(one.text) // 2))
        keeper.feed(f"{one.text}\nINFO all is well\n".encode())
        kept = keeper.tail()

        assert not gives_away(redact(kept.text, torn=kept.torn).text, one.secret), one


def test_clean_lines_are_left_alone() -> None:
    lines = list(clean(Random(7), 20_000))

    touched = _touched(lines)

    assert len(touched) <= MOST_FALSE_HITS * len(lines), touched[:20]


def test_real_logs_are_left_alone() -> None:
    files = sorted(SAMPLES.glob("*.log"))
    if not files:
        pytest.skip(f"log samples are not there: {SAMPLES}")
    lines = [line for file in files for line in file.read_text(errors="replace").splitlines()]

    touched = _touched(lines)

    assert len(touched) <= MOST_FALSE_HITS * len(lines), touched[:20]


class _All:
    """Takes every line for a suspect."""

    def replaced(self, text: str, replace: object) -> str:
        return replace(text)  # type: ignore[operator,no-any-return]


@given(
    st.lists(st.sampled_from([one.text for one in CORPUS] + list(clean(Random(3), 60))), max_size=8)
)
def test_lines_that_are_not_suspected_hold_nothing(texts: list[str]) -> None:
    text = "\n".join(texts)

    quick = redact(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redactor, "_SUSPECTS", _All())
        thorough = redact(text)

    assert quick == thorough


def test_every_rule_has_a_sign() -> None:
    assert [rule for rule in RULES if not rule.sign] == []


def _touched(lines: list[str]) -> list[str]:
    after = redact("\n".join(lines)).text.split("\n")
    return [line for line, now in zip(lines, after, strict=True) if line != now]
