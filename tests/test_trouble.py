import pytest
from structlog.testing import capture_logs

from webapp import trouble
from webapp.trouble import Trouble


def said(monkeypatch: pytest.MonkeyPatch, outage: Trouble, moments: list[float]) -> list[str]:
    """What the log hears of failures at these moments, and of an end a second after the last."""
    with capture_logs() as lines:
        for moment in moments:
            monkeypatch.setattr(trouble.time, "monotonic", lambda now=moment: now)
            outage.goes_on("no route")
        monkeypatch.setattr(trouble.time, "monotonic", lambda: moments[-1] + 1)
        outage.is_over()
    return [f"{line['event']} {line['seconds']}" for line in lines]


def test_an_outage_is_said_at_once_then_by_and_by_and_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = said(monkeypatch, Trouble("queue"), [100, 101, 129, 130, 131])

    assert lines == ["no answer 0", "no answer 30", "answers again 32"]


def test_one_that_is_over_before_the_patience_ends_is_not_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outage = Trouble("queue", patience_seconds=5)

    assert said(monkeypatch, outage, [100, 103]) == []
    assert said(monkeypatch, outage, [200, 204, 205]) == ["no answer 5", "answers again 6"]


def test_it_is_counted_from_when_the_first_call_began_and_names_its_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outage = Trouble("queue", patience_seconds=5)
    monkeypatch.setattr(trouble.time, "monotonic", lambda: 155)

    with capture_logs() as lines:
        outage.goes_on("it hung", asked_at=100)
        outage.is_over()

    assert lines == [
        {"event": "no answer", "part": "queue", "seconds": 55, "reason": "it hung"}
        | {"log_level": "warning"},
        {"event": "answers again", "part": "queue", "seconds": 55, "log_level": "info"},
    ]
