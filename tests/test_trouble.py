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
    lines = said(monkeypatch, Trouble(), [100, 101, 129, 130, 131])

    assert lines == ["no answer 0", "no answer 30", "back 32"]


def test_one_that_is_over_before_the_patience_ends_is_not_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outage = Trouble(patience_seconds=5)

    assert said(monkeypatch, outage, [100, 103]) == []
    assert said(monkeypatch, outage, [200, 204, 205]) == ["no answer 5", "back 6"]
