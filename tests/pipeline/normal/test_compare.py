"""What is told of a window that is not as the windows before it were."""

import json

import pytest

from tests.pipeline.normal.made_up import LINES, WINDOWS, compared, usual, window
from webapp.pipeline.normal import Compared, Normal, compare, count, learn, learn_all
from webapp.pipeline.normal.vocabulary import words_of

NEW_SEED = 1000
AT = "2026-11-22 10:00:30"


def with_lines(*more: str) -> list[str]:
    lines = window(NEW_SEED)
    return [*lines[:25], *more, *lines[25:]]


def told(lines: list[str], normal: Normal | None = None) -> list[tuple[str, str]]:
    return told_of(compared(lines, normal))


def told_of(one: Compared) -> list[tuple[str, str]]:
    return [(sign.severity, sign.says) for sign in one.alarms]


def test_windows_as_ever_raise_next_to_no_alarm() -> None:
    normal = usual()

    alarming = [seed for seed in range(100, 200) if compared(window(seed), normal).alarms]

    assert len(alarming) <= 4


def test_an_error_of_a_kind_never_seen_is_an_alert_with_its_numbers() -> None:
    lines = with_lines(f"{AT} ERROR ledger and journal disagree by 12 cents")

    says = (
        "A line that reports an error, of a kind that none of the 40 normal windows before "
        "had (2,000 lines)."
    )
    assert told(lines) == [("alert", says)]


def test_the_telling_line_is_the_newest_of_its_kind() -> None:
    lines = with_lines(*(f"{AT} ERROR ledger and journal disagree by {n} cents" for n in (1, 2, 3)))

    assert [lines[number] for number in compared(lines).telling] == [
        f"{AT} ERROR ledger and journal disagree by 3 cents"
    ]


def test_words_of_failure_count_where_no_severity_is_declared() -> None:
    lines = with_lines(f"{AT} INFO position frozen until an operator confirms")

    assert [severity for severity, _ in told(lines)] == ["warn"]


@pytest.mark.parametrize(
    "line",
    [
        f"{AT} INFO new release 4.2 is live, welcome aboard everybody",
        f"{AT} ERROR login of user100 refused: wrong password",
        f"{AT} ERROR login of admin refused: wrong password",
    ],
)
def test_what_is_calm_or_like_what_is_known_is_no_alarm(line: str) -> None:
    assert told(with_lines(line)) == []


def test_a_known_failure_that_was_never_reported_before_is_an_alert() -> None:
    lines = with_lines("kernel: EXT4: No space left on device")

    (alarm,) = told(lines)

    assert alarm[0] == "alert"


def test_far_more_errors_than_ever_are_an_alert() -> None:
    lines = with_lines(*(f"{AT} ERROR login of user{n} refused: wrong password" for n in range(40)))

    (alarm,) = told(lines)

    assert alarm[0] == "alert"
    assert "report an error; in normal times at most" in alarm[1]


def test_a_calm_line_over_and_over_is_a_warning() -> None:
    lines = with_lines(*(f"{AT} INFO cache of section {n} cleared" for n in range(60)))

    assert any(
        severity == "warn" and "lines of this kind among" in says for severity, says in told(lines)
    )


def test_many_times_as_many_lines_as_ever_are_a_warning() -> None:
    signs = compare(count(window(NEW_SEED, 5 * LINES), seconds=49), usual()).alarms

    says = "250 lines; in normal times at most 50 in as long a time."
    assert ("warn", says) in [(sign.severity, sign.says) for sign in signs]


def test_the_lines_of_five_times_as_long_are_not_many() -> None:
    assert told(window(NEW_SEED, 5 * LINES)) == []


def test_lines_without_times_are_counted_by_the_window() -> None:
    def bare(seed: int, lines: int = LINES) -> list[str]:
        return [line.split(" ", 2)[2] for line in window(seed, lines)]

    normal = Normal()
    learn_all(normal, (bare(seed) for seed in range(WINDOWS)))

    says = "250 lines; in normal times at most 50."
    assert ("warn", says) in told(bare(NEW_SEED, 5 * LINES), normal)


def test_what_comes_once_a_minute_may_be_all_that_comes_at_night() -> None:
    def at(second: int, words: str) -> str:
        return (
            f"2026-11-22 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} INFO {words}"
        )

    def busy(start: int) -> list[str]:
        done = "stored" if start % 2 else "shipped"
        lines = [at(start + n, f"order {n} {done}") for n in range(60)]
        return [*lines, at(start + 60, "clock ticks")]

    normal = Normal()
    learn_all(normal, (busy(61 * number) for number in range(WINDOWS)))
    night = [at(7200 + 60 * n, "clock ticks") for n in range(30)]
    loop = [at(7200, "clock ticks")] * 30

    assert told(night, normal) == []
    assert told(loop, normal) != []


def test_a_window_without_a_line_is_a_warning_where_none_ever_was() -> None:
    says = (
        "Not one line in 300 s; each of the 40 normal windows before had some, at least 306 in as "
        "long a time."
    )

    assert told_of(compare(count([], seconds=300), usual())) == [("warn", says)]


def test_a_window_without_a_line_is_nothing_to_a_source_that_had_such() -> None:
    normal = usual()
    normal.learn(count([], seconds=300), {})

    assert told_of(compare(count([], seconds=300), normal)) == []
    # Nor where it was only asked again at once, or nobody knows when it was asked before.
    assert told_of(compare(count([], seconds=2), usual())) == []
    assert told_of(compare(count([]), usual())) == []


def test_a_kind_that_every_window_had_is_missed() -> None:
    lines = [line for line in window(NEW_SEED, 200) if "GET" not in line]

    assert any("No line such as" in says and "GET" in says for _, says in told(lines))


def test_sessions_that_go_another_way_are_a_warning() -> None:
    def session(number: int, *steps: str) -> list[str]:
        return [f"{AT} INFO job={number} {step}" for step in steps]

    fine, wrong = ("queued", "taken", "stored"), ("stored", "queued", "stored", "queued")
    normal = Normal()
    for start in range(0, 400, 10):
        lines = [line for n in range(start, start + 10) for line in session(n, *fine)]
        learn_all(normal, [lines])

    lines = [line for n in range(900, 910) for line in session(n, *wrong)]

    assert told([line for n in range(900, 910) for line in session(n, *fine)], normal) == []
    signs = [one for one in compared(lines, normal).alarms if "steps of sessions" in one.says]
    assert [(one.about, one.kind) for one in signs] == [("sessions", "# # INFO job=# queued")]
    assert lines[compared(lines, normal).telling[0]].endswith("job=909 queued")


@pytest.mark.parametrize(
    "named",
    [
        "blk_-1608999687919862906",
        "req-38101a0b-2096-447d-96ea-a692162415ae",
        "trace_id=4f2a",
        '"request_id": "4f2a"',
        "traceId=4f2a",
        '"requestId":"4f2a"',
        "X-Request-Id: 4f2a",
        "reqId=4f2a",
        "correlation_id=4f2a",
        "session 4711",
        "job #17",
        "job: 17",
    ],
)
def test_lines_with_one_id_are_one_session(named: str) -> None:
    lines = [f"{AT} INFO {word} {named} done" for word in ("begun", "ended")]

    assert sum(count(lines).steps.values()) == 1


def test_lines_without_an_id_are_no_session() -> None:
    lines = [f"{AT} INFO job {word} in order" for word in ("begun", "ended")]

    assert count(lines).steps == {}


def test_a_stack_trace_is_one_event_told_by_its_exception() -> None:
    trace = (
        f"{AT} ERROR job failed",
        "Traceback (most recent call last):",
        '  File "jobs.py", line 7, in run',
        "ZeroDivisionError: division by zero",
    )

    seen = count([*trace, *trace])

    assert seen.events == 2
    assert [one.count for one in seen.kinds.values()] == [2]
    assert "ZeroDivisionError" in next(iter(seen.kinds))


def test_too_short_a_history_tells_nothing_and_says_so() -> None:
    one = compared(with_lines(f"{AT} FATAL everything is lost"), usual(windows=3))

    assert (one.enough, one.alarms, one.known_windows) == (False, (), 3)


def test_a_first_window_that_is_long_is_history_enough() -> None:
    first = window(1, 500)

    normal = learn(compare(count(first), Normal()), first)

    assert compared(with_lines(), normal).enough
    assert told(with_lines(f"{AT} ERROR ledger and journal disagree"), normal) != []


def test_what_is_learned_is_normal_from_then_on() -> None:
    normal = usual()
    lines = with_lines(f"{AT} ERROR ledger and journal disagree by 12 cents")
    assert told(lines, normal)

    learn(compared(lines, normal), lines)

    assert told(lines, normal) == []


def test_each_is_calibrated_on_windows_it_had_not_seen() -> None:
    """A source that often says something new is not told of for that alone."""
    normal = Normal()
    for seed in range(WINDOWS):
        odd = f"{AT} ERROR {'abcdefghijklmnopqrstuvwxyz'[seed % 26] * 5} of part{seed} misbehaves"
        learn_all(normal, [[*window(seed), odd]])

    assert told(with_lines(f"{AT} ERROR qqqqz of part99 misbehaves"), normal) == []


def test_it_is_the_same_after_a_while_in_the_database() -> None:
    normal = usual()

    again = Normal.from_json(json.loads(json.dumps(normal.to_json())))

    lines = with_lines(f"{AT} ERROR ledger and journal disagree by 12 cents")
    assert told(lines, again) == told(lines, normal)


def test_it_stays_small_whatever_a_log_writes() -> None:
    normal = Normal()
    letters = "abcdefghijklmnop"

    def word(number: int) -> str:
        return "".join(letters[(number >> shift) % 16] for shift in (0, 4, 8, 12))

    for start in range(0, 3000, 100):
        learn_all(normal, [[f"INFO {word(n)} happened" for n in range(start, start + 100)]])

    assert len(normal.kinds) == 1000
    assert len(json.dumps(normal.to_json())) < 200_000


@pytest.mark.parametrize(
    "line", ["a." * 500_000, "job=" * 250_000, "x" * 1_000_000, "/=@" * 300_000, "no " * 300_000]
)
def test_a_hostile_line_takes_no_time(line: str) -> None:
    one = compared([line])

    assert one.seen.events == 1


def test_what_little_differs_alarms_when_it_comes_again_and_again() -> None:
    line = f"{AT} INFO order 12 stored for customer 5 after its timeout"

    assert told(with_lines(line)) == []
    assert [severity for severity, _ in told(with_lines(*[line] * 6))] == ["warn"]


def test_a_failure_told_in_words_that_none_ever_used_counts_for_more() -> None:
    known, never = (
        f"{AT} INFO orders {word} behind customer 5 again" for word in ("refused", "stuck")
    )

    assert told(with_lines(known)) == []
    assert [severity for severity, _ in told(with_lines(never))] == ["warn"]


@pytest.mark.parametrize(
    "head",
    [
        "# host-1 INFO shop.example.orders.store.Writer [req-#] - ",
        "# host-1 shop-example-orders-store-writer[7]: ",
        "[# #] [notice] ",
    ],
)
def test_what_stands_before_a_message_makes_it_neither_new_nor_known(head: str) -> None:
    assert words_of(f"{head}ledger refused twice") == {"ledger", "refused", "twice"}


def test_a_sentence_with_a_colon_is_no_head() -> None:
    assert "login" in words_of("# INFO login of # refused: account is closed")


def test_one_window_without_a_line_is_nothing_where_few_are_known() -> None:
    few, many = usual(windows=10), usual()
    without = [line for line in window(NEW_SEED) if "order" not in line]

    assert [sign.kind for sign in compared(without, few).alarms] == []
    assert any("No line such as" in sign.says for sign in compared(without, many).alarms)
