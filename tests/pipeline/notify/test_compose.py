from dataclasses import replace
from datetime import UTC, datetime

from webapp.pipeline.notify import compose
from webapp.pipeline.values import Finding, News

QUOTE = "10:00:03 ERROR cannot store order 83: No space left on device"
NEWS = News(
    monitor="BTC bot anomaly detector",
    target="trade-bot-host-1",
    status="alert",
    summary="Orders cannot be stored, as the disk is full.",
    findings=(
        Finding("alert", "ERRORS", 12, QUOTE, "The disk is full.", verified=True),
        Finding("warn", None, None, None, "Fewer orders than usual.", verified=False),
    ),
    error_message=None,
    run_url="https://logs.example.com/runs/7",
    finished_at=datetime(2026, 11, 22, 11, 30, 5, tzinfo=UTC),
)


def test_the_verdict_comes_first_then_the_quotes_then_the_link() -> None:
    message = compose(NEWS)

    assert message.text == (
        "ALERT: BTC bot anomaly detector on trade-bot-host-1\n"
        "Orders cannot be stored, as the disk is full.\n"
        "\n"
        "ALERT: The disk is full.\n"
        "  ERRORS, line 12:\n"
        f"  > {QUOTE}\n"
        "\n"
        "WARN: Fewer orders than usual.\n"
        "  (no line of the log was cited)\n"
        "\n"
        "Finished 2026-11-22 11:30 UTC. All of it:\n"
        "https://logs.example.com/runs/7\n"
    )


def test_the_subject_and_the_sms_say_the_same_in_one_line() -> None:
    message = compose(NEWS)

    sentence = "Orders cannot be stored, as the disk is full."
    assert message.subject == f"[ALERT] BTC bot anomaly detector on trade-bot-host-1: {sentence}"
    assert message.short == (
        f"ALERT BTC bot anomaly detector on trade-bot-host-1: {sentence} "
        "https://logs.example.com/runs/7"
    )


def test_an_error_says_that_nothing_was_judged_and_why() -> None:
    news = replace(
        NEWS, status="error", findings=(), error_message="ssh to web-1 timed out after 30 s."
    )

    message = compose(news)

    said = "Nothing was judged. ssh to web-1 timed out after 30 s."
    assert message.subject.startswith("[ERROR] BTC bot anomaly detector on trade-bot-host-1: ")
    assert message.text.startswith(f"ERROR: BTC bot anomaly detector on trade-bot-host-1\n{said}")
    assert said in message.short


def test_a_long_sentence_is_cut_and_the_link_of_an_sms_is_not() -> None:
    message = compose(replace(NEWS, summary="word " * 200))

    assert len(message.subject) == 150
    assert message.subject.endswith("…")
    assert len(message.short) == 320
    assert message.short.endswith("… https://logs.example.com/runs/7")


def test_line_ends_and_control_characters_never_reach_one_line_texts() -> None:
    hostile = "a\r\nBcc: x@example.com\x1b[31m\u2028b\ud800c"
    news = replace(NEWS, monitor=hostile, target=hostile, summary=hostile, run_url=hostile)

    message = compose(news)

    assert message.subject.isprintable()
    assert message.short.isprintable()
    assert message.text.encode()
    assert "\nBcc" not in message.text


def test_more_findings_than_fit_are_counted() -> None:
    message = compose(replace(NEWS, findings=NEWS.findings * 6))

    assert "… 4 more findings on the page of the Run …" in message.text


def test_a_long_quote_is_cut_visibly() -> None:
    finding = replace(NEWS.findings[0], quote="x" * 5000)

    message = compose(replace(NEWS, findings=(finding,)))

    assert f"  > {'x' * 499}…\n" in message.text


def test_a_verdict_without_a_line_says_so_wherever_it_is_told() -> None:
    message = compose(replace(NEWS, findings=(), no_line_cited=True))

    for told in (message.subject, message.short, message.text):
        assert "(No line cited.) Orders cannot be stored" in told


def test_what_was_counted_beside_an_error_is_told_as_no_verdict() -> None:
    message = compose(replace(NEWS, status="error", error_message="It is gone."))

    assert "The built-in reading counted this all the same. It is no verdict.\n" in message.text
    assert f"  > {QUOTE}\n" in message.text
