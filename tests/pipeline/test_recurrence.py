"""Whether a finding was there before, over Runs one after the other."""

from datetime import timedelta

import pytest

from tests.conftest import BOTH_DATABASES
from tests.pipeline.test_new_lines import Log, log
from tests.rows import NOW, finished_run, new_monitor
from webapp.models import PastFinding
from webapp.models.past_finding import MOST_KEPT
from webapp.pipeline.fingerprint import fingerprint
from webapp.pipeline.recurrence import with_recurrence
from webapp.pipeline.values import Finding

__all__ = ["log"]

FULL = "10:00:03 ERROR cannot store order 83: No space left on device"


def finding(quote: str | None = FULL, label: str | None = "APP", says: str = "Full.") -> Finding:
    return Finding("alert", label, quote and 2, quote, says, verified=quote is not None)


def found(quote: str = FULL, **changes: object) -> dict[str, object]:
    one = finding(quote)
    told = {"severity": "alert", "label": "APP", "line": 2, "quote": quote, "by": "model"}
    return {**told, "explanation": "Full.", "new": True, "fingerprint": fingerprint(one), **changes}


def append(log: Log, line: str) -> None:
    with log.path.open("a") as file:
        file.write(f"{line}\n")


def test_what_varies_in_a_line_makes_no_other_finding() -> None:
    again = finding(FULL.replace("83", "97").replace("10:00:03", "11:30:59"), says="The disk.")

    assert fingerprint(finding()) == fingerprint(again)
    assert fingerprint(finding()) != fingerprint(finding(label="DB"))
    assert fingerprint(finding()) != fingerprint(finding(FULL.replace("order", "photo")))
    assert fingerprint(finding(None, says="12 lines lost.")) == fingerprint(
        finding(None, says="7 lines lost.")
    )


@BOTH_DATABASES
def test_each_run_says_whether_its_findings_were_there_before(log: Log) -> None:
    append(log, FULL)
    first = log.run()
    append(log, FULL.replace("83", "84"))
    second = log.run()
    third = log.run()

    assert [one["seen"]["says"] for one in first.findings] == ["First seen."]
    (again,) = second.findings
    assert again["seen"]["times"] == 2
    assert again["seen"]["says"].startswith("Seen 2 times since ")
    assert third.findings == []
    (past,) = PastFinding.history(log.monitor_id, 9)
    assert (past.times, past.run_id, past.quote) == (2, second.id, FULL.replace("83", "84"))


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        pytest.param(timedelta(hours=3), timedelta(0), "Seen 3 times since 05:00 UTC.", id="today"),
        pytest.param(
            timedelta(days=4),
            timedelta(hours=23),
            "Seen 3 times since Tuesday, 27 January.",
            id="this week",
        ),
        pytest.param(
            timedelta(days=60),
            timedelta(days=6, hours=1),
            "Back after 6 days; seen 3 times since Tuesday, 2 December 2025.",
            id="long ago",
        ),
    ],
)
def test_it_says_since_when_and_after_how_long(
    app: object, first: timedelta, last: timedelta, says: str
) -> None:
    monitor = new_monitor()
    for moment in (NOW - first, NOW - last):
        PastFinding.keep(monitor.id, 1, [found()], moment)

    outcome = with_recurrence({"verdict": "alert", "findings": [found()]}, monitor.id, NOW)

    assert outcome["findings"][0]["seen"]["says"] == says


def test_what_is_no_news_is_counted_nowhere(app: object) -> None:
    monitor = new_monitor()
    finished_run(monitor, verdict="alert", findings=[found(new=False)])
    finished_run(monitor, verdict="error", findings=[found()])

    assert PastFinding.history(monitor.id, 9) == []


@BOTH_DATABASES
def test_two_alike_in_a_run_count_once_and_the_oldest_make_room(app: object) -> None:
    monitor, other = new_monitor(), new_monitor()
    finished_run(monitor, verdict="alert", findings=[found(), found(severity="warn")])
    finished_run(other, verdict="alert", findings=[found()])
    many = [found(fingerprint=f"{number:024x}") for number in range(MOST_KEPT)]
    finished_run(monitor, verdict="alert", findings=many)

    kept = PastFinding.history(monitor.id, MOST_KEPT + 9)
    assert len(kept) == MOST_KEPT
    assert found()["fingerprint"] not in {one.fingerprint for one in kept}
    assert [one.times for one in PastFinding.history(other.id, 9)] == [1]
