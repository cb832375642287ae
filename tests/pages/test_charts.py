"""Charts as values: where bars lie, how high they are, and what they say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from webapp.models import Measured
from webapp.pages.charted import rank, round_number, round_time, short, short_time
from webapp.pages.charts import Charts, Spot, Tick, draw

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RUN = Measured(1, "ok", NOW, 2000, 148_000, 100, 25, 1500, 500, 0.25)


def runs_every(step: timedelta, number: int) -> list[Measured]:
    """The last one ends now."""
    moments = [NOW - step * back for back in reversed(range(number))]
    return [replace(RUN, run_id=id_, finished_at=at) for id_, at in enumerate(moments, 1)]


def words(runs: list[Measured]) -> list[str]:
    return [chart.words for chart in draw(runs, NOW, None).charts]


def bars(run: Measured) -> list[dict[str, str]]:
    return [dict(chart.bars) for chart in draw([run], NOW, None).charts]


def test_one_run_has_a_bar_in_each_chart_at_the_end_of_the_time() -> None:
    charts = draw([RUN], NOW, None).charts

    assert [(chart.title, chart.words, chart.top) for chart in charts] == [
        ("Status", "1 ok", ""),
        ("Duration", "2.0 s", "2 s"),
        ("Log volume", "typically 100 lines (148 kB), 25 kept", "100"),
        ("Tokens", "1,500 in, 500 out, $0.25", "2k"),
    ]
    assert [dict(chart.bars) for chart in charts] == [
        {"ok": "M976 33.6h24v22.4h-24z"},
        {"taken": "M976 0h24v56h-24z"},
        {"kept": "M976 42h24v14h-24z", "cut": "M976 0h24v42h-24z"},
        {"in": "M976 14h24v42h-24z", "out": "M976 0h24v14h-24z"},
    ]
    assert [chart.spots for chart in charts] == [
        [Spot(1, f"2026-01-31 08:00:00 UTC: {said}", "M976 0h24v56h-24z")]
        for said in (
            "ok",
            "took 2.0 s",
            "read 100 lines, 148 kB; kept 25 lines",
            "1,500 tokens in, 500 out, $0.25",
        )
    ]


def test_no_run_is_no_chart() -> None:
    assert draw([], NOW, None) == Charts((), ())


def test_what_is_not_known_has_no_bar_and_what_is_nothing_has_a_line() -> None:
    unknown = Measured(1, "error", NOW, None, None, None, None, None, None, None)
    nothing = Measured(1, "ok", NOW, 0, 0, 0, 0, 0, 0, 0.0)

    assert bars(unknown) == [{"error": "M976 0h24v56h-24z"}, {}, {}, {}]
    assert words([unknown]) == [
        "1 error",
        "none of them began",
        "none of them read anything",
        "none: no LLM was asked",
    ]
    line = "M976 55h24v1h-24z"
    assert bars(nothing)[1:] == [{"taken": line}, {"kept": line}, {"in": line}]
    assert words([nothing])[1:] == [
        "0 ms",
        "typically 0 lines (0 B), 0 kept",
        "0 in, 0 out, $0",
    ]


def test_a_worse_status_is_taller() -> None:
    edges = [bars(replace(RUN, status=s))[0][s].split("h")[0] for s in ("ok", "warn", "alert")]

    assert edges == ["M976 33.6", "M976 16.8", "M976 0"]


def test_a_time_without_runs_is_a_gap() -> None:
    runs = [*runs_every(MINUTE, 2), replace(RUN, finished_at=NOW - HOUR * 10)]
    runs.sort(key=lambda run: run.finished_at)

    (first, second, third) = draw(runs, NOW, None).charts[0].spots

    assert first.outline == "M0 0h24v56h-24z"
    assert (second.outline, third.outline) == ("M974.4 0h24v56h-24z", "M976 0h24v56h-24z")


def test_a_span_is_drawn_whole_though_its_runs_began_late() -> None:
    charts = draw([replace(RUN, finished_at=NOW - HOUR * 12)], NOW, NOW - DAY)

    assert charts.charts[0].spots[0].outline == "M488 0h24v56h-24z"
    assert [tick.label for tick in charts.ticks] == ["18 h ago", "12 h ago", "6 h ago"]


def test_two_hundred_runs_lie_side_by_side() -> None:
    spots = draw(runs_every(5 * MINUTE, 200), NOW, None).charts[0].spots

    starts = [float(spot.outline[1:].split(" ")[0]) for spot in spots]
    assert (starts[0], starts[-1]) == (0, 996.2)
    assert {round(later - earlier, 1) for earlier, later in pairwise(starts)} == {5.0, 5.1}


@pytest.mark.parametrize(
    ("step", "number", "labels"),
    [
        (MINUTE, 1, []),
        (MINUTE, 10, ["5 min ago"]),
        (5 * MINUTE, 200, ["12 h ago", "8 h ago", "4 h ago"]),
        (DAY, 200, ["180 d ago", "120 d ago", "60 d ago"]),
        (DAY * 365, 20, ["5475 d ago", "3650 d ago", "1825 d ago"]),
    ],
)
def test_the_time_axis_has_few_round_marks(step: timedelta, number: int, labels: list[str]) -> None:
    ticks = draw(runs_every(step, number), NOW, None).ticks

    assert [tick.label for tick in ticks] == labels


def test_a_mark_lies_where_its_moment_is() -> None:
    assert draw(runs_every(MINUTE, 11), NOW, None).ticks == [Tick(50.0, "5 min ago")]


def test_half_and_most_are_told_where_they_differ() -> None:
    runs = [replace(RUN, duration_ms=ms) for ms in range(100, 2100, 100)]

    assert words(runs)[1] == "half within 1.0 s, 95 % within 1.9 s"


def test_what_has_no_price_is_told_beside_what_has() -> None:
    unpriced = replace(RUN, cost_usd=None)

    assert words([RUN, unpriced])[3] == "3,000 in, 1,000 out, $0.25 and 1 Run of no known price"
    assert words([unpriced])[3] == "1,500 in, 500 out, at a price that is not known"


def test_lines_that_are_counted_with_one_like_them_are_not_cut() -> None:
    run = replace(RUN, lines=100, kept_lines=25, alike_lines=75)

    assert bars(run)[2] == {"kept": "M976 42h24v14h-24z", "alike": "M976 0h24v42h-24z"}
    assert draw([run], NOW, None).charts[2].spots[0].title == (
        "2026-01-31 08:00:00 UTC: read 100 lines, 148 kB; kept 25 lines, 75 more like them"
    )


def test_more_kept_than_read_is_no_negative_bar() -> None:
    """As marker lines are kept too, which nobody read."""
    assert bars(replace(RUN, lines=3, kept_lines=4))[2] == {"kept": "M976 0h24v56h-24z"}


@pytest.mark.parametrize(
    ("most", "top", "label"),
    [
        (0, 1, "1"),
        (1, 1, "1"),
        (7, 8, "8"),
        (10, 10, "10"),
        (101, 200, "200"),
        (5600, 6000, "6k"),
        (1_900_000, 2_000_000, "2M"),
        (8_100_000_000_000, 10_000_000_000_000, "10000G"),
    ],
)
def test_the_upper_edge_is_a_round_number(most: int, top: int, label: str) -> None:
    assert (round_number(most), short(round_number(most))) == (top, label)


@pytest.mark.parametrize(
    ("most", "label"),
    [(0, "10 ms"), (101, "200 ms"), (9400, "10 s"), (61_000, "2 min"), (90_000_000, "30 h")],
)
def test_the_upper_edge_is_a_round_time(most: int, label: str) -> None:
    assert short_time(round_time(most)) == label


def test_a_rank_is_one_of_the_values() -> None:
    assert [rank([5, 1, 3], share) for share in (0.5, 0.95, 0.01)] == [3, 5, 1]
