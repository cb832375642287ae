"""What is like what was there before, line by line."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import pytest

from webapp.pipeline.likeness import Profile, is_alike, profile
from webapp.pipeline.sections import NEW_FROM_HERE
from webapp.pipeline.values import FittedText, Gathered, Tail

CALM = [f"2026-01-31 08:00:0{n} INFO order {n} filled in {n + 5} ms" for n in range(6)]


def seen(lines: Sequence[str], *, basis: str = "a prompt", old: Sequence[str] = ()) -> Profile:
    """The profile of a text with these new lines, below old ones."""
    new = [NEW_FROM_HERE, *lines] if old else list(lines)
    text = "\n".join(["[LOG]", *old, *new])
    output = Tail("\n".join(lines), 100, len(lines))
    gathered = Gathered("LOG", "command", "cat", "ok", 0, 1, output)
    made = profile(basis, [gathered], FittedText(text, ()))
    assert made
    return made


@pytest.mark.parametrize(
    "now",
    [
        CALM,
        [line.replace("08:00", "08:05").replace("order ", "order 1") for line in CALM],
        CALM[:3],
        [*CALM, *CALM[:4]],
        [],
    ],
    ids=["the same", "other times and ids", "half of them", "half as many again", "nothing"],
)
def test_what_differs_in_times_and_ids_or_a_little_in_number_is_alike(now: list[str]) -> None:
    assert is_alike(seen(now), seen(CALM))


@pytest.mark.parametrize(
    "now",
    [
        [*CALM, "2026-01-31 08:00:07 INFO order 7 rejected"],
        [*CALM, *CALM, *CALM],
        CALM[:1],
        [line.replace(" ms", "000 ms") for line in CALM],
        [line.replace("filled in", "filled in -") for line in CALM],
    ],
    ids=["another kind", "three times as many", "hardly any", "far slower", "below zero"],
)
def test_what_differs_in_kind_number_or_size_is_not_alike(now: list[str]) -> None:
    assert not is_alike(seen(now), seen(CALM))


@pytest.mark.parametrize(
    ("before", "now", "alike"),
    [
        ("disk 71% full", "disk 73% full", True),
        ("disk 71% full", "disk 97% full", False),
        ("0% packet loss", "2% packet loss", False),
        ("failed=0", "failed=17", False),
        ('{"latency":90}', '{"latency":9000}', False),
        ("replicas 3/3 ready", "replicas 0/3 ready", False),
        ("queue depth 1000", "queue depth 1500", True),
        ("queue depth 3", "queue depth 90000", False),
        ("GET / 200 512", "GET / 200 700", True),
        ('"GET / HTTP/1.1" 200 512', '"GET / HTTP/1.1" 500 512', False),
        ("from 10.0.0.7:443 as 8f14e45f", "from 10.9.8.200:443 as c9f0f895", True),
        ("run 2026-01-31 08:00:01,120 ended", "run 2026-12-01 23:59:59,999 ended", True),
        ("v1.2.3 is up", "v1.20.3 is up", True),
        ("profit 500 USD", "profit -500 USD", False),
    ],
)
def test_numbers_that_may_be_a_measure_stay_about_as_large(
    before: str, now: str, alike: bool
) -> None:
    assert is_alike(seen([now]), seen([before])) is alike


def test_what_was_judged_before_is_not_compared() -> None:
    old = ["ERROR payment failed"]

    assert seen(CALM, old=old) == seen(CALM)


def test_under_another_prompt_nothing_is_alike() -> None:
    assert not is_alike(seen(CALM), seen(CALM, basis="another prompt"))


def test_more_lines_than_the_window_shows_are_not_alike() -> None:
    text = FittedText("\n".join(["[LOG]", *CALM]), ())
    output = Tail("\n".join(CALM), 100, len(CALM))
    gathered = Gathered("LOG", "command", "cat", "ok", 0, 1, output)
    flood = replace(gathered, output=replace(output, total_lines=9000, lost_lines=8994))

    calm, flooded = profile("", [gathered], text), profile("", [flood], text)

    assert calm and flooded
    assert not is_alike(flooded, calm)


def test_what_befell_a_source_is_not_alike() -> None:
    text = FittedText("\n".join(["[LOG]", *CALM]), ())
    gathered = Gathered("LOG", "file", None, "ok", 0, 1, Tail("", 100, 6))
    rotated = replace(gathered, notices=("the file was rotated",))

    calm, other = profile("", [gathered], text), profile("", [rotated], text)

    assert calm and other
    assert not is_alike(other, calm)


def test_a_text_of_too_many_kinds_is_not_kept() -> None:
    words = [
        f"{chr(97 + a)}{chr(97 + b)}{chr(97 + c)}"
        for a in range(20)
        for b in range(20)
        for c in range(20)
    ]
    gathered = Gathered("LOG", "command", "cat", "ok", 0, 1, Tail("", 100, len(words)))

    assert profile("", [gathered], FittedText("\n".join(["[LOG]", *words]), ())) is None


def test_a_profile_holds_no_text() -> None:
    assert "order" not in str(asdict(seen(CALM)))
