import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.pipeline.changes import SHOWN_KINDS, Kind, LevelCount, changes

LABELS = [{"label": "LOG"}]


@dataclass
class Ended:
    """As much of a Run as is compared."""

    id: int
    logs_text: str | None
    status: str = "ok"
    findings: Sequence[Mapping[str, Any]] = ()
    inputs: Sequence[Mapping[str, Any]] = field(default_factory=lambda: LABELS)


def text(*lines: str) -> str:
    return "\n".join(["[LOG]", *lines])


def finding(quote: str | None, explanation: str = "Bad.", line: int | None = 2) -> dict[str, Any]:
    return {
        "severity": "alert",
        "label": "LOG" if quote else None,
        "line": line if quote else None,
        "quote": quote,
        "explanation": explanation,
        "verified": quote is not None,
    }


def test_lines_that_differ_in_numbers_ids_and_times_only_are_of_one_kind() -> None:
    before = Ended(1, text("Jan 30 08:00:01 INFO request 4711 took 12ms"))
    after = Ended(2, text("Jan 31 09:15:59 INFO request 4712 took 80ms"))

    found = changes(before, after)

    assert (found.new_kinds.shown, found.gone_kinds.shown) == ((), ())


def test_new_and_gone_kinds_of_line_are_told_with_their_first_line_and_number() -> None:
    before = Ended(1, text("INFO ready", "INFO cache warm"))
    after = Ended(2, text("INFO ready", "ERROR shard 3 lost", "ERROR shard 4 lost"))

    found = changes(before, after)

    assert found.new_kinds.shown == (Kind("LOG", 3, "ERROR shard 3 lost", "error", 2),)
    assert found.gone_kinds.shown == (Kind("LOG", 3, "INFO cache warm", "info", 1),)


def test_the_gravest_new_kinds_stand_first_then_the_most_frequent() -> None:
    after = Ended(
        2, text("INFO a", "INFO b", "INFO b", "WARN c", "ERROR d", "FATAL e", "ERROR f", "ERROR f")
    )

    found = changes(Ended(1, text()), after)

    texts = [kind.text for kind in found.new_kinds.shown]
    assert texts == ["FATAL e", "ERROR f", "ERROR d", "WARN c", "INFO b", "INFO a"]


def test_kinds_beyond_those_shown_are_counted() -> None:
    words = [f"kind {chr(97 + n // 26)}{chr(97 + n % 26)} of line" for n in range(SHOWN_KINDS + 7)]

    found = changes(Ended(1, text()), Ended(2, text(*words)))

    assert (len(found.new_kinds.shown), found.new_kinds.more) == (SHOWN_KINDS, 7)


def test_levels_are_counted_then_and_now() -> None:
    before = Ended(1, text("ERROR a", "WARN b", "INFO c"))
    after = Ended(2, text("ERROR a", "ERROR a", "FATAL d", "INFO c"))

    found = changes(before, after)

    assert found.levels == (
        LevelCount("fatal", 0, 1),
        LevelCount("error", 1, 2),
        LevelCount("warn", 1, 0),
    )


def test_a_finding_stays_the_same_however_a_model_words_it() -> None:
    before = Ended(1, text(), "warn", [finding("ERROR request 7 timed out", "It is slow.")])
    still = finding("ERROR request 9 timed out", "Requests time out.")
    new = finding("ERROR disk full", "No room.")
    after = Ended(2, text(), "alert", [still, new])

    found = changes(before, after)

    assert found.still_findings == (still,)
    assert found.new_findings == (new,)
    assert found.gone_findings == ()
    assert (found.status_before, found.status_after) == ("warn", "alert")


def test_a_finding_without_a_quote_is_known_by_what_it_says() -> None:
    gone = finding(None, "The backup is missing.")

    found = changes(Ended(1, text(), "warn", [gone]), Ended(2, text()))

    assert found.gone_findings == (gone,)
    assert (found.new_findings, found.still_findings) == ((), ())


def test_lines_are_not_compared_where_a_run_has_no_text() -> None:
    lost = Ended(1, None, "error", inputs=[])

    found = changes(lost, Ended(2, text("ERROR a")))

    assert not found.compared
    assert (found.new_kinds.shown, found.levels) == ((), ())
    assert (found.previous_id, found.run_id, found.status_before) == (1, 2, "error")


def test_what_the_program_wrote_into_the_text_is_no_kind_of_line() -> None:
    after = Ended(2, text("… 12 earlier lines not shown …", "(no lines)"))

    found = changes(Ended(1, text()), after)

    assert found.new_kinds.shown == ()


def test_the_largest_texts_are_compared_in_a_second() -> None:
    lines = [f"{n} {'abc'[n % 3]}" for n in range(50_000)]
    began = time.process_time()

    changes(Ended(1, text(*lines)), Ended(2, text(*reversed(lines))))

    assert time.process_time() - began < 2
